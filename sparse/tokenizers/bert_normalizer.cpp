// Runs of ASCII take a short way: they have no accents, and nothing before or behind changes them.
#include "spout/sparse/tokenizers/bert_normalizer.h"

#include "spout/sparse/text/unicode.h"
#include "spout/sparse/tokenizers/normal_form.h"
#include "spout/sparse/tokenizers/normalizers.h"
#include "spout/sparse/tokenizers/point_sets.h"

namespace spout {
namespace {

bool is_chinese(char32_t point) {
  const auto within = [point](char32_t first, char32_t last) {
    return point >= first && point <= last;
  };
  return within(0x3400, 0x4DBF) || within(0x4E00, 0x9FFF) || within(0xF900, 0xFAFF) ||
         within(0x20000, 0x2A6DF) || within(0x2A700, 0x2B81F) || within(0x2B920, 0x2CEAF) ||
         within(0x2F800, 0x2FA1F);
}

bool is_ascii_byte(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}

}  // namespace

void BertNormalizer::append_cleaned(std::string_view text, std::string& out) const {
  const char* end = text.data() + text.size();
  for (const char* at = text.data(); at != end;) {
    const CodePoint point = read_code_point(at, end);
    const std::string_view letter(at, static_cast<size_t>(point.bytes));
    at += point.bytes;
    if (options_.clean_text) {
      if (is_in(PointSet::kControl, point.value)) continue;
      if (is_white_space(point.value)) {
        out += ' ';
        continue;
      }
    }
    const bool apart = options_.chinese_chars && is_chinese(point.value);
    if (apart) out += ' ';
    out += letter;
    if (apart) out += ' ';
  }
}

void BertNormalizer::append_stripped(std::string_view text, std::string& out) const {
  const char* end = text.data() + text.size();
  for (const char* at = text.data(); at != end;) {
    const CodePoint point = read_code_point(at, end);
    const std::string_view letter(at, static_cast<size_t>(point.bytes));
    at += point.bytes;
    const bool is_wide = point.value >= 0x80;
    if (options_.strip_accents && is_wide && is_in(PointSet::kNonspacing, point.value)) continue;
    if (options_.lowercase) {
      append_lower_case(point.value, out);
    } else {
      out += letter;
    }
  }
}

// Takes one character of ASCII, all steps at once.
bool BertNormalizer::append_ascii(const char*& at, const char* end, std::string& out) const {
  if (at == end || !is_ascii_byte(*at)) return false;
  const char c = *at++;
  if (options_.lowercase && c >= 'A' && c <= 'Z') {
    out += static_cast<char>(c + 0x20);
  } else if (options_.clean_text && (c < ' ' || c == 0x7F)) {
    if (c == '\t' || c == '\n' || c == '\r') out += ' ';
  } else {
    out += c;
  }
  return true;
}

void BertNormalizer::append(std::string_view text, std::string& out) const {
  thread_local std::string cleaned;
  thread_local std::string decomposed;
  const char* end = text.data() + text.size();
  const char* at = text.data();
  while (at != end) {
    while (append_ascii(at, end, out)) {
    }
    const char* wide = at;
    // Control characters within the run are deleted first, so that marks around them meet.
    while (at != end &&
           (!is_ascii_byte(*at) ||
            (options_.clean_text && is_in(PointSet::kControl, static_cast<unsigned char>(*at))))) {
      ++at;
    }
    if (wide == at) continue;
    cleaned.clear();
    append_cleaned({wide, at}, cleaned);
    decomposed.clear();
    if (options_.strip_accents) append_normal_form(cleaned, NormalForm::kNfd, decomposed);
    append_stripped(options_.strip_accents ? decomposed : cleaned, out);
  }
}

}  // namespace spout
