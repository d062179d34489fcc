// Parsing and printing of numbers by std::from_chars and std::to_chars.
#include "spout/sparse/base/numbers.h"

#include <array>
#include <charconv>
#include <cmath>
#include <system_error>

namespace spout {
namespace {

constexpr size_t kQuotedLength = 40;

// std::from_chars refuses a leading plus sign, which some writers of libsvm files emit.
const char* skip_plus(const char* at, const char* end) {
  return end - at > 1 && *at == '+' && at[1] != '-' ? at + 1 : at;
}

template <class T>
void append_with_to_chars(std::string& out, T value) {
  std::array<char, 32> digits;
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out.append(digits.data(), static_cast<size_t>(result.ptr - digits.data()));
}

}  // namespace

bool take_int(const char*& at, const char* end, int64_t& value) {
  const auto result = std::from_chars(skip_plus(at, end), end, value);
  at = result.ptr;
  return result.ec == std::errc();
}

bool take_float(const char*& at, const char* end, float& value) {
  const char* start = skip_plus(at, end);
  const auto result = std::from_chars(start, end, value);
  at = result.ptr;
  if (result.ec == std::errc()) return std::isfinite(value);
  if (result.ec != std::errc::result_out_of_range) return false;
  // A number too small for a float is no error; one too large is.
  double wide = 0;
  const auto again = std::from_chars(start, end, wide);
  at = again.ptr;
  value = static_cast<float>(wide);
  return again.ec == std::errc() && std::abs(wide) < 1;
}

bool parse_int(std::string_view text, int64_t& value) {
  const char* at = text.data();
  const char* end = at + text.size();
  return take_int(at, end, value) && at == end;
}

bool parse_float(std::string_view text, float& value) {
  const char* at = text.data();
  const char* end = at + text.size();
  return take_float(at, end, value) && at == end;
}

std::string_view take_word(std::string_view& text) {
  size_t start = 0;
  while (start < text.size() && is_blank(text[start]))
    ++start;
  size_t stop = start;
  while (stop < text.size() && !is_blank(text[stop]))
    ++stop;
  const std::string_view word = text.substr(start, stop - start);
  text.remove_prefix(stop);
  return word;
}

std::string_view without_trailing_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text.substr(0, kQuotedLength)) {
    out += c >= ' ' && c <= '~' ? c : '?';
  }
  return out + (text.size() > kQuotedLength ? "...\"" : "\"");
}

void append_number(std::string& out, float value) {
  append_with_to_chars(out, value);
}

void append_number(std::string& out, int64_t value) {
  append_with_to_chars(out, value);
}

}  // namespace spout
