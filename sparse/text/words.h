// A text cut into words, in lower case: runs of letters, numbers and underscores as
// scikit-learn's token_pattern (?u)\b\w\w+\b finds them, or whatever stands between white space.
// ASCII goes through one table; words lie joined by single blanks, so that a word n-gram is one
// piece of memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spout {

struct WordOptions {
  bool lowercase = true;
  int64_t min_chars = 2;  // shorter words are left out
};

class Words {
 public:
  /// Takes the place of what it held: the words of `text`, whose broken UTF-8 separates words.
  /// Marks (M*) separate as well, as in scikit-learn: a letter and its accent as one code point
  /// stay together, as two they do not.
  void split(std::string_view text, const WordOptions& options);

  /// The same for all that white space separates, punctuation too, of any length.
  void split_at_spaces(std::string_view text, bool lowercase);

  int64_t size() const { return static_cast<int64_t>(ends_.size()); }

  /// Words `first` to `last`, both included, with a blank between; valid until the next split.
  std::string_view ngram(int64_t first, int64_t last) const;
  std::string_view operator[](int64_t i) const { return ngram(i, i); }

 private:
  void end_word(int64_t min_chars);
  void take_point(char32_t point, const char* next, const char* end, bool lowercase);

  std::string letters_;
  std::vector<size_t> ends_;
  size_t begin_ = 0;   // of the word that is being read
  int64_t chars_ = 0;  // that it has
  bool after_letter_ = false;
};

}  // namespace spout
