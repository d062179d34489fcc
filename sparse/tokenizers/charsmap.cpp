// A unit of the array holds the label of its node, the way to its children, and whether a value
// stands at the child 0. The way leads out of the array only if the file is damaged: then the
// search ends.
#include "spout/sparse/tokenizers/charsmap.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <cstring>

#include "spout/sparse/base/error.h"
#include "spout/sparse/text/unicode.h"
#include "spout/sparse/tokenizers/point_sets.h"

namespace spout {
namespace {

constexpr size_t kLongestGrapheme = 5;  // bytes

uint32_t offset_of(uint32_t unit) {
  return (unit >> 10) << ((unit & (1U << 9)) >> 6);
}
bool has_value(uint32_t unit) {
  return (unit >> 8 & 1U) == 1;
}
uint32_t label_of(uint32_t unit) {
  return unit & ((1U << 31) | 0xFFU);
}

// Whether a grapheme goes on from `before` to `point`, as far as graphemes of five bytes go: flags,
// emoji and Hangul are longer.
bool continues(char32_t before, char32_t point) {
  if (before < 0x80 && point < 0x80) return before == U'\r' && point == U'\n';
  if (!utf8proc_grapheme_break(static_cast<utf8proc_int32_t>(before),
                               static_cast<utf8proc_int32_t>(point))) {
    return true;
  }
  const bool breaks_always = utf8proc_grapheme_break(static_cast<utf8proc_int32_t>(before), 0x300);
  return !breaks_always && is_in(PointSet::kExtend, point);
}

size_t grapheme_bytes(const char* begin, const char* end) {
  CodePoint point = read_code_point(begin, end);
  const char* at = begin + point.bytes;
  while (at != end) {
    const CodePoint next = read_code_point(at, end);
    if (!continues(point.value, next.value)) break;
    point = next;
    at += next.bytes;
  }
  return static_cast<size_t>(at - begin);
}

int digit_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

}  // namespace

Charsmap::Charsmap(std::string_view bytes) {
  if (bytes.empty()) return;
  uint32_t size = 0;
  if (bytes.size() >= sizeof(size)) std::memcpy(&size, bytes.data(), sizeof(size));
  const size_t left = bytes.size() < sizeof(size) ? 0 : bytes.size() - sizeof(size);
  if (size == 0 || size > left || size % sizeof(uint32_t) != 0) {
    throw ValueError(
        fmt::format("expected a charsmap with a trie of at most {} bytes, found {}", left, size));
  }
  units_.resize(size / sizeof(uint32_t));
  std::memcpy(units_.data(), bytes.data() + sizeof(size), size);
  texts_ = bytes.substr(sizeof(size) + size);
}

Charsmap::Match Charsmap::find(std::string_view text, bool longest) const {
  Match match;
  if (units_.empty()) return match;
  size_t at = offset_of(units_[0]);
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == 0) break;
    at ^= byte;
    if (at >= units_.size() || label_of(units_[at]) != byte) break;
    const uint32_t unit = units_[at];
    at ^= offset_of(unit);
    if (!has_value(unit)) continue;
    if (at >= units_.size()) break;
    const size_t begin = units_[at] & ~(1U << 31);
    if (begin > texts_.size()) break;
    const size_t end = std::min(texts_.find('\0', begin), texts_.size());
    match = {i + 1, std::string_view(texts_).substr(begin, end - begin)};
    if (!longest) break;
  }
  return match;
}

void PrecompiledNormalizer::append(std::string_view text, std::string& out) const {
  const char* end = text.data() + text.size();
  for (const char* at = text.data(); at != end;) {
    const size_t whole = grapheme_bytes(at, end);
    const char* stop = at + whole;
    if (whole <= kLongestGrapheme) {
      const Charsmap::Match match = map_.shortest({at, whole});
      if (match.length > 0) {
        out += match.by;
        at = stop;
        continue;
      }
    }
    while (at != stop) {
      const auto bytes = static_cast<size_t>(read_code_point(at, end).bytes);
      const Charsmap::Match match = map_.shortest({at, bytes});
      out += match.length > 0 ? match.by : std::string_view(at, bytes);
      at += bytes;
    }
  }
}

std::string decode_base64(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  uint32_t bits = 0;
  int held = 0;
  while (!text.empty() && text.back() == '=')
    text.remove_suffix(1);
  for (const char c : text) {
    const int digit = digit_of(c);
    if (digit < 0) {
      throw ValueError(fmt::format("expected base64, found byte {}",
                                   static_cast<int>(static_cast<unsigned char>(c))));
    }
    bits = (bits << 6 | static_cast<uint32_t>(digit)) & 0xFFFFU;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>(static_cast<unsigned char>(bits >> held & 0xFFU));
  }
  return bytes;
}

}  // namespace spout
