// Strict parsing and printing of numbers, shared by every text reader and writer. NaN, infinity,
// overflow and trailing characters are refused. std::from_chars and std::to_chars ignore the locale
// and allocate nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace spout {

inline bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

/// Reads an integer at `at` and moves `at` behind it. Returns false, with `at` unspecified, if
/// there is none.
bool take_int(const char*& at, const char* end, int64_t& value);

/// Reads a finite number at `at` and moves `at` behind it. Returns false, with `at` unspecified, if
/// there is none.
bool take_float(const char*& at, const char* end, float& value);

/// Parses the whole of `text` as an integer. Returns false if it is anything else.
bool parse_int(std::string_view text, int64_t& value);

/// Parses the whole of `text` as a finite f32. Returns false if it is anything else.
bool parse_float(std::string_view text, float& value);

/// Removes the next word, up to a space or tab, from `text` and returns it; empty at the end.
std::string_view take_word(std::string_view& text);

/// Returns `text` without spaces and tabs at its end.
std::string_view without_trailing_blanks(std::string_view text);

/// Returns `text` as errors quote it: in quotes, printable, at most 40 characters.
std::string in_quotes(std::string_view text);

/// Appends the shortest text that reads back as the same number.
void append_number(std::string& out, float value);
void append_number(std::string& out, int64_t value);

}  // namespace spout
