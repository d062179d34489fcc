#include "spout/sparse/tokenizers/normalizers.h"

#include <fmt/format.h>

#include "spout/sparse/base/error.h"
#include "spout/sparse/text/unicode.h"
#include "spout/sparse/tokenizers/point_sets.h"

namespace spout {
namespace {

// Normalizers that copy what others have copied would fill the memory.
constexpr size_t kMostGrowth = 1024;
constexpr size_t kMostBytes = size_t{1} << 20;

constexpr char32_t kDottedI = 0x130;
constexpr std::string_view kDottedLowerI = "i\xCC\x87";

}  // namespace

void append_lower_case(char32_t point, std::string& out) {
  if (point < 0x80) {
    out += static_cast<char>(lower_case_point(point));
  } else if (point == kDottedI) {
    out += kDottedLowerI;
  } else {
    append_utf8(out, lower_case_point(point));
  }
}

void SequenceNormalizer::append(std::string_view text, std::string& out) const {
  std::string held(text);
  std::string next;
  for (const auto& part : parts_) {
    next.clear();
    part->append(held, next);
    held.swap(next);
    if (held.size() > kMostBytes + kMostGrowth * text.size()) {
      throw ValueError(
          fmt::format("expected normalizers that make at most {} bytes of one, found {}",
                      kMostGrowth, held.size() / (text.size() + 1)));
    }
  }
  out += held;
}

void LowercaseNormalizer::append(std::string_view text, std::string& out) const {
  const char* end = text.data() + text.size();
  for (const char* at = text.data(); at != end;) {
    const CodePoint point = read_code_point(at, end);
    append_lower_case(point.value, out);
    at += point.bytes;
  }
}

void StripAccentsNormalizer::append(std::string_view text, std::string& out) const {
  const char* end = text.data() + text.size();
  for (const char* at = text.data(); at != end;) {
    const CodePoint point = read_code_point(at, end);
    const auto bytes = static_cast<size_t>(point.bytes);
    if (point.value < 0x80 || !is_in(PointSet::kMark, point.value)) out.append(at, bytes);
    at += bytes;
  }
}

void StripNormalizer::append(std::string_view text, std::string& out) const {
  const char* end = text.data() + text.size();
  const char* first = nullptr;  // the first and the end of the last that is not white space
  const char* last = text.data();
  for (const char* at = text.data(); at != end;) {
    const CodePoint point = read_code_point(at, end);
    const bool is_space = is_white_space(point.value);
    if (!is_space && first == nullptr) first = at;
    at += point.bytes;
    if (!is_space) last = at;
  }
  if (first == nullptr) {
    if (!left_ && !right_) out += text;
    return;
  }
  out.append(left_ ? first : text.data(), right_ ? last : end);
}

void PrependNormalizer::append(std::string_view text, std::string& out) const {
  if (!text.empty()) out += prefix_;
  out += text;
}

void ReplaceNormalizer::append(std::string_view text, std::string& out) const {
  while (!what_.empty()) {
    const size_t at = text.find(what_);
    if (at == std::string_view::npos) break;
    size_t count = 1;
    while (runs_ && text.substr(at + count * what_.size()).starts_with(what_))
      ++count;
    const bool replaces = !runs_ || count > 1;
    out += text.substr(0, at);
    out += replaces ? std::string_view(by_) : std::string_view(what_);
    text.remove_prefix(at + count * what_.size());
  }
  out += text;
}

}  // namespace spout
