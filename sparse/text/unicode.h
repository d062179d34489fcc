// Code points of UTF-8 text and what a tokeniser asks of them. Tables of the Unicode categories and
// of lower case are utf8proc's; broken bytes are replaced as the Unicode Standard recommends and
// Python's errors="replace" does (section 3.9, maximal subparts): one U+FFFD for each.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace spout {

inline constexpr char32_t kReplacement = 0xFFFD;

struct CodePoint {
  char32_t value = kReplacement;
  int bytes = 1;       // that it takes, also of a broken sequence
  bool valid = false;  // false: a broken sequence, whose value is kReplacement
};

/// The code point at `at`, of which at least one byte lies before `end`.
CodePoint read_code_point(const char* at, const char* end);

/// Appends the UTF-8 bytes of a code point.
void append_utf8(std::string& out, char32_t point);

/// Letters (L*), numbers (N*) and the underscore: what regular expressions call \w.
bool is_word_point(char32_t point);

/// Whatever Python's str.split() splits at.
bool is_space_point(char32_t point);

/// Letters alone (L*).
bool is_letter_point(char32_t point);

/// One code point in lower case; what it depends on, or needs two of, is the caller's.
char32_t lower_point(char32_t point);

/// Whether all of `text` is ASCII, eight bytes at a time.
bool is_ascii(std::string_view text);

/// Replaces broken UTF-8.
///   repaired   gets the text with U+FFFD for each broken sequence, where there is one
///   returns    how many there were; 0 leaves `repaired` alone
int64_t repair_utf8(std::string_view text, std::string& repaired);

}  // namespace spout
