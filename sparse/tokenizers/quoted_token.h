// Tokens in errors: in quotes, on one line, and not too long, whatever bytes a file holds.
#pragma once

#include <string>
#include <string_view>

namespace spout {

/// Returns the first bytes of a text in quotes; those that are not printable ASCII become "?".
inline std::string quoted_token(std::string_view text) {
  constexpr size_t kMost = 60;
  std::string result = "\"";
  for (const char c : text.substr(0, kMost))
    result += c >= ' ' && c <= '~' ? c : '?';
  return result + (text.size() > kMost ? "...\"" : "\"");
}

}  // namespace spout
