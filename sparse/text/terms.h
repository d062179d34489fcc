// The terms of a text are its word n-grams ("of the" is one term) and the character n-grams of each
// word with a blank before and behind it, as in scikit-learn's analyzer="char_wb". The latter begin
// with '#', which no word does, so that both kinds share a vocabulary.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "spout/sparse/text/words.h"

namespace spout {

/// The lengths of n-grams, both ends included; {0, 0} means none.
struct NgramRange {
  int64_t first = 0;
  int64_t last = 0;

  bool empty() const { return last == 0; }
};

struct TermOptions {
  WordOptions words{};
  NgramRange ngrams{1, 1};
  NgramRange char_ngrams{};
};

/// The 64-bit FNV-1a hash of the term's bytes, mixed by MurmurHash3's fmix64. It is the same on
/// every machine, and its lowest bits are as good as any.
uint64_t term_hash(std::string_view term);

class TermReader {
 public:
  explicit TermReader(const TermOptions& options) : options_(options) {}

  /// Calls `use(term)` for every occurrence of a term in `text`. The term is valid during the call.
  template <class Use>
  void read(std::string_view text, Use&& use) {
    if (!options_.ngrams.empty()) read_words(text, use);
    if (!options_.char_ngrams.empty()) read_chars(text, use);
  }

 private:
  template <class Use>
  void read_words(std::string_view text, Use& use) {
    words_.split(text, options_.words);
    const int64_t longest = std::min(options_.ngrams.last, words_.size());
    for (int64_t n = options_.ngrams.first; n <= longest; ++n) {
      for (int64_t last = n - 1; last < words_.size(); ++last)
        use(words_.ngram(last - n + 1, last));
    }
  }

  template <class Use>
  void read_chars(std::string_view text, Use& use) {
    words_.split_at_spaces(text, options_.words.lowercase);
    for (int64_t word = 0; word < words_.size(); ++word) {
      pad_word(words_[word]);
      const auto chars = static_cast<int64_t>(starts_.size()) - 1;
      for (int64_t n = options_.char_ngrams.first; n <= options_.char_ngrams.last; ++n) {
        for (int64_t first = 0; first == 0 || first + n <= chars; ++first)
          use(char_ngram(first, std::min(first + n, chars)));
        // The whole word is one term, even if several lengths reach its end.
        if (n >= chars) break;
      }
    }
  }

  void pad_word(std::string_view word);
  std::string_view char_ngram(int64_t begin, int64_t end);

  TermOptions options_;
  Words words_;
  std::string padded_;          // " word "
  std::vector<size_t> starts_;  // where its characters begin, and its end
  std::string gram_;
};

}  // namespace spout
