// Small operations on text that readers and the lookup of names share. Letters are those of ASCII.
#pragma once

#include <string>
#include <string_view>

#include "spout/sparse/base/numbers.h"

namespace spout {

/// U+FEFF in UTF-8, which some editors write at the beginning of a file.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

inline char lower_case(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline std::string lower_case(std::string_view text) {
  std::string lower;
  for (const char c : text)
    lower += lower_case(c);
  return lower;
}

/// Returns `text` without spaces and tabs at either end.
inline std::string_view trimmed(std::string_view text) {
  text = without_trailing_blanks(text);
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  return text;
}

}  // namespace spout
