#include "spout/sparse/text/unicode.h"

#include <utf8proc.h>

#include <cstring>

namespace spout {
namespace {

bool is_between(unsigned char byte, unsigned char low, unsigned char high) {
  return byte >= low && byte <= high;
}

// What the first byte of a sequence determines: the sequence's length, the first bits of the code
// point, and the range of the second byte, which excludes surrogates and overlong forms.
struct Lead {
  int bytes;  // 0: no sequence begins with this byte
  char32_t bits;
  unsigned char low;
  unsigned char high;
};

Lead lead_of(unsigned char byte) {
  if (is_between(byte, 0xC2, 0xDF)) return {2, byte & 0x1FU, 0x80, 0xBF};
  if (byte == 0xE0) return {3, 0, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0xD, 0x80, 0x9F};
  if (is_between(byte, 0xE1, 0xEF)) return {3, byte & 0x0FU, 0x80, 0xBF};
  if (byte == 0xF0) return {4, 0, 0x90, 0xBF};
  if (is_between(byte, 0xF1, 0xF3)) return {4, byte & 0x07U, 0x80, 0xBF};
  if (byte == 0xF4) return {4, 4, 0x80, 0x8F};
  return {0, 0, 0, 0};
}

utf8proc_category_t category(char32_t point) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(point));
}

}  // namespace

CodePoint read_code_point(const char* at, const char* end) {
  const auto first = static_cast<unsigned char>(*at);
  if (first < 0x80) return {first, 1, true};
  const Lead lead = lead_of(first);
  char32_t value = lead.bits;
  unsigned char low = lead.low;
  unsigned char high = lead.high;
  for (int i = 1; i < lead.bytes; ++i) {
    const bool ends = at + i == end;
    const auto next = static_cast<unsigned char>(ends ? 0 : at[i]);
    if (ends || !is_between(next, low, high)) return {kReplacement, i, false};
    value = value << 6 | (next & 0x3FU);
    low = 0x80;
    high = 0xBF;
  }
  if (lead.bytes == 0) return {};
  return {value, lead.bytes, true};
}

void append_utf8(std::string& out, char32_t point) {
  utf8proc_uint8_t bytes[4];
  const auto count = utf8proc_encode_char(static_cast<utf8proc_int32_t>(point), bytes);
  out.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(count));
}

bool is_letter_point(char32_t point) {
  const auto kind = category(point);
  return kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_LO;
}

bool is_word_point(char32_t point) {
  const auto kind = category(point);
  return (kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_LO) ||
         (kind >= UTF8PROC_CATEGORY_ND && kind <= UTF8PROC_CATEGORY_NO) || point == U'_';
}

bool is_space_point(char32_t point) {
  if (point < 0x80) return (point >= 0x09 && point <= 0x0D) || (point >= 0x1C && point <= 0x20);
  const auto kind = category(point);
  return point == 0x85 || (kind >= UTF8PROC_CATEGORY_ZS && kind <= UTF8PROC_CATEGORY_ZP);
}

char32_t lower_point(char32_t point) {
  return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(point)));
}

bool is_ascii(std::string_view text) {
  constexpr uint64_t kHighBits = 0x8080808080808080;
  size_t at = 0;
  for (; at + sizeof(uint64_t) <= text.size(); at += sizeof(uint64_t)) {
    uint64_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof(word));
    if ((word & kHighBits) != 0) return false;
  }
  for (; at < text.size(); ++at) {
    if (static_cast<unsigned char>(text[at]) >= 0x80) return false;
  }
  return true;
}

int64_t repair_utf8(std::string_view text, std::string& repaired) {
  if (is_ascii(text)) return 0;
  int64_t broken = 0;
  const char* end = text.data() + text.size();
  const char* kept = text.data();  // all text before this is in `repaired`, once that is in use
  for (const char* at = kept; at != end;) {
    const CodePoint point = read_code_point(at, end);
    if (!point.valid) {
      if (broken++ == 0) repaired.clear();
      repaired.append(kept, at);
      append_utf8(repaired, kReplacement);
      kept = at + point.bytes;
    }
    at += point.bytes;
  }
  if (broken > 0) repaired.append(kept, end);
  return broken;
}

}  // namespace spout
