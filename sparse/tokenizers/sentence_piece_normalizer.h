// How SentencePiece rewrites a text: by the longest rules of its charsmap; user-defined pieces stay
// as they are; runs of blanks become one, and a blank is a visible mark.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "spout/sparse/tokenizers/byte_trie.h"
#include "spout/sparse/tokenizers/charsmap.h"
#include "spout/sparse/tokenizers/normalizer.h"

namespace spout {

/// U+2581, which stands for a blank.
inline constexpr std::string_view kBlankMark = "\xE2\x96\x81";

class SentencePieceNormalizer final : public Normalizer {
 public:
  struct Options {
    bool add_dummy_prefix = true;
    bool remove_extra_whitespaces = true;
    bool escape_whitespaces = true;
  };

  SentencePieceNormalizer(Charsmap map, ByteTrie user_defined, const Options& options)
      : map_(std::move(map)), user_defined_(std::move(user_defined)), options_(options) {}

  void append(std::string_view text, std::string& out) const override;

 private:
  /// What `text` begins with, rewritten.
  ///   length   set to the bytes that it stands for
  std::string_view first(std::string_view text, size_t& length) const;

  Charsmap map_;
  ByteTrie user_defined_;
  Options options_;
};

}  // namespace spout
