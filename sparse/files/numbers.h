// Numbers in text, strictly: no NaN, no infinity, no overflow, nothing left over. Shared by every
// text reader and writer. std::from_chars and to_chars ignore the locale and allocate nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace spout {

inline bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

/// Reads an integer at `at` and moves `at` behind it; false (and `at` anywhere) if there is none.
bool take_int(const char*& at, const char* end, int64_t& value);

/// Reads a finite number at `at` and moves `at` behind it; false if there is none.
bool take_float(const char*& at, const char* end, float& value);

/// The whole of `text` as an integer; false where it is anything else.
bool parse_int(std::string_view text, int64_t& value);

/// The whole of `text` as a finite f32; false where it is anything else.
bool parse_float(std::string_view text, float& value);

/// Takes the next word, up to a space or tab, off `text`; empty at the end.
std::string_view take_word(std::string_view& text);

/// `text` without spaces and tabs at its end.
std::string_view without_trailing_blanks(std::string_view text);

/// `text` as an error quotes it: in quotes, printable, at most 40 characters.
std::string in_quotes(std::string_view text);

/// Appends the shortest text that reads back as the same number.
void append_number(std::string& out, float value);
void append_number(std::string& out, int64_t value);

}  // namespace spout
