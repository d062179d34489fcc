// Cuts a text into words, in lower case: runs of letters, numbers and underscores as scikit-learn's
// token_pattern (?u)\b\w\w+\b finds them, or everything between white space. ASCII goes through one
// table. Words are stored joined by single blanks, so that a word n-gram is one piece of memory.
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
  /// Replaces the words held by those of `text`. Broken UTF-8 separates words. Marks (M*) do so
  /// too, as in scikit-learn: an accented letter of one code point stays in its word, a letter
  /// followed by the mark of its accent ends it.
  void split(std::string_view text, const WordOptions& options);

  /// Replaces the words held by everything that white space separates in `text`, punctuation
  /// included, of any length.
  void split_at_spaces(std::string_view text, bool lowercase);

  int64_t size() const { return static_cast<int64_t>(ends_.size()); }

  /// The words `first` to `last`, both included, joined by blanks; valid until the next split.
  std::string_view ngram(int64_t first, int64_t last) const;
  std::string_view operator[](int64_t i) const { return ngram(i, i); }

 private:
  void end_word(int64_t min_chars);
  void take_point(char32_t point, const char* next, const char* end, bool lowercase);

  std::string letters_;
  std::vector<size_t> ends_;
  size_t begin_ = 0;   // where the current word begins in letters_
  int64_t chars_ = 0;  // characters of the current word
  bool after_letter_ = false;
};

}  // namespace spout
