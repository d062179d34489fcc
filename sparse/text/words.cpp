#include "spout/sparse/text/words.h"

#include <array>

#include "spout/sparse/text/unicode.h"

namespace spout {
namespace {

constexpr char32_t kCapitalSigma = 0x3A3;  // its lower case is another one at the end of a word
constexpr char32_t kFinalSigma = 0x3C2;
constexpr char32_t kCapitalDottedI = 0x130;  // its lower case is an i and a dot above
constexpr char32_t kDotAbove = 0x307;

// The form of an ASCII character in a word; 0 for a character that separates words.
using AsciiTable = std::array<char, 128>;

constexpr AsciiTable ascii_table(bool lowercase) {
  AsciiTable table{};
  for (char c = '0'; c <= '9'; ++c)
    table[static_cast<size_t>(c)] = c;
  for (char c = 'a'; c <= 'z'; ++c) {
    table[static_cast<size_t>(c)] = c;
    const auto upper = static_cast<char>(c - 'a' + 'A');
    table[static_cast<size_t>(upper)] = lowercase ? c : upper;
  }
  table['_'] = '_';
  return table;
}

constexpr AsciiTable kAsIs = ascii_table(false);
constexpr AsciiTable kLower = ascii_table(true);

}  // namespace

std::string_view Words::ngram(int64_t first, int64_t last) const {
  const size_t begin = first == 0 ? 0 : ends_[static_cast<size_t>(first - 1)] + 1;
  return std::string_view(letters_).substr(begin, ends_[static_cast<size_t>(last)] - begin);
}

void Words::end_word(int64_t min_chars) {
  if (chars_ > 0 && chars_ >= min_chars) {
    ends_.push_back(letters_.size());
    letters_ += ' ';
    begin_ = letters_.size();
  } else {
    letters_.resize(begin_);
  }
  chars_ = 0;
  after_letter_ = false;
}

void Words::take_point(char32_t point, const char* next, const char* end, bool lowercase) {
  ++chars_;
  if (point < 0x80) {
    const bool upper = point >= U'A' && point <= U'Z';
    after_letter_ = upper || (point >= U'a' && point <= U'z');
    letters_ += static_cast<char>(lowercase && upper ? point - U'A' + U'a' : point);
    return;
  }
  if (lowercase && point == kCapitalSigma && after_letter_ &&
      (next == end || !is_letter_point(read_code_point(next, end).value))) {
    point = kFinalSigma;
  } else if (lowercase) {
    point = point == kCapitalDottedI ? U'i' : lower_point(point);
  }
  after_letter_ = is_letter_point(point);
  append_utf8(letters_, point);
}

void Words::split(std::string_view text, const WordOptions& options) {
  const AsciiTable& table = options.lowercase ? kLower : kAsIs;
  letters_.clear();
  ends_.clear();
  begin_ = 0;
  chars_ = 0;
  const char* end = text.data() + text.size();
  for (const char* at = text.data(); at != end;) {
    const auto byte = static_cast<unsigned char>(*at);
    if (byte < 0x80) {
      ++at;
      if (table[byte] != 0) {
        letters_ += table[byte];
        ++chars_;
        after_letter_ = byte >= 'A' && byte != '_';
      } else if (chars_ > 0) {
        end_word(options.min_chars);
      }
      continue;
    }
    const CodePoint point = read_code_point(at, end);
    at += point.bytes;
    if (!is_word_point(point.value)) {
      end_word(options.min_chars);
      continue;
    }
    take_point(point.value, at, end, options.lowercase);
    // The dot of its lower case is a mark, which ends the word.
    if (options.lowercase && point.value == kCapitalDottedI) end_word(options.min_chars);
  }
  end_word(options.min_chars);
}

void Words::split_at_spaces(std::string_view text, bool lowercase) {
  letters_.clear();
  ends_.clear();
  begin_ = 0;
  chars_ = 0;
  const char* end = text.data() + text.size();
  for (const char* at = text.data(); at != end;) {
    const CodePoint point = read_code_point(at, end);
    at += point.bytes;
    if (is_space_point(point.value)) {
      end_word(1);
      continue;
    }
    take_point(point.value, at, end, lowercase);
    if (lowercase && point.value == kCapitalDottedI) append_utf8(letters_, kDotAbove);
  }
  end_word(1);
}

}  // namespace spout
