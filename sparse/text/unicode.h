// Code points of UTF-8 text and the properties that a tokeniser needs. The tables of Unicode
// categories and of lower case are utf8proc's. Each broken sequence becomes one U+FFFD, as the
// Unicode Standard recommends (section 3.9, maximal subparts) and Python's errors="replace" does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace spout {

inline constexpr char32_t kReplacement = 0xFFFD;

struct CodePoint {
  char32_t value = kReplacement;
  int bytes = 1;       // its length, also of a broken sequence
  bool valid = false;  // false: a broken sequence, whose value is kReplacement
};

/// Reads the code point at `at`. At least one byte must lie before `end`.
CodePoint read_code_point(const char* at, const char* end);

/// Appends the UTF-8 bytes of a code point.
void append_utf8(std::string& out, char32_t point);

/// Whether a point is a letter (L*), a number (N*) or the underscore: \w of regular expressions.
bool is_word_point(char32_t point);

/// Whether Python's str.split() splits at a point.
bool is_space_point(char32_t point);

/// Whether a point is a letter (L*).
bool is_letter_point(char32_t point);

/// Returns one code point in lower case. The caller handles letters whose lower case depends on
/// their neighbours or takes two code points.
char32_t lower_point(char32_t point);

/// Whether all of `text` is ASCII. Tests eight bytes at a time.
bool is_ascii(std::string_view text);

/// Replaces each broken sequence of UTF-8 by U+FFFD.
///   repaired   set to the repaired text; left alone if nothing is broken
///   returns    the number of broken sequences
int64_t repair_utf8(std::string_view text, std::string& repaired);

}  // namespace spout
