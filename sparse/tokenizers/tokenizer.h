// Tokenizers that come with pretrained encoders. They give the ids that PyPI `tokenizers` 0.23 and
// `sentencepiece` 0.2 give, token for token. A text is normalised, cut into pieces, and each piece
// becomes tokens; added tokens such as [MASK] are cut out before, and a template adds the special
// tokens at both ends.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace spout {

struct TokenizerParts;

/// Cuts texts into the token ids of a pretrained encoder. It never changes, and several threads may
/// use it at once.
class Tokenizer {
 public:
  explicit Tokenizer(TokenizerParts parts);
  ~Tokenizer();
  Tokenizer(const Tokenizer&) = delete;
  Tokenizer& operator=(const Tokenizer&) = delete;

  /// Appends the ids of `text`, valid UTF-8.
  ///   max_length  the most ids in all, special tokens included, which are kept; 0: no limit
  ///   special     whether the special tokens of the file's template are added at both ends
  ///   throws ValueError if the normalizers make more than a thousand bytes of one
  void encode(std::string_view text, int64_t max_length, std::vector<int64_t>& ids,
              bool special = true) const;

  /// The largest id + 1.
  int64_t vocabulary() const;

  /// The id that fills up the rows of a batch; vocabulary() if the file names none.
  int64_t padding() const;

  /// What a dropped token becomes: the mask's id, else that of unknown tokens, else padding().
  int64_t unknown() const;

  /// The length to which the file cuts texts; 0: it says nothing.
  int64_t max_length() const;

  /// The number of special tokens that the template adds.
  int64_t closing() const;

 private:
  std::unique_ptr<const TokenizerParts> parts_;
};

/// Loads a tokenizer.json; a vocab.txt of BERT; a SentencePiece .model; or a folder with one of
/// these, or with vocab.json and merges.txt. A tokenizer_config.json beside them is read as well.
///   throws FileError on damaged files, and on parts that spout does not have, by their names
std::shared_ptr<const Tokenizer> load_tokenizer(const std::string& path);

/// The files that load_tokenizer(path) reads.
///   throws FileError if there is no tokenizer
std::vector<std::string> tokenizer_files(const std::string& path);

}  // namespace spout
