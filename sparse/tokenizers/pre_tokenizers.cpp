#include "spout/sparse/tokenizers/pre_tokenizers.h"

#include "spout/sparse/text/unicode.h"
#include "spout/sparse/tokenizers/point_sets.h"

namespace spout {
namespace {

// Adds the runs of points of the same class as pieces; class 0 is left out.
template <class ClassOf>
void add_runs(std::string_view text, bool opens, ClassOf&& class_of, Pieces& out) {
  const char* end = text.data() + text.size();
  const char* begin = text.data();
  int current = 0;
  for (const char* at = begin; at != end;) {
    const CodePoint point = read_code_point(at, end);
    const int kind = class_of(point.value);
    if (kind != current) {
      if (current != 0) out.add({begin, at}, opens && begin == text.data());
      begin = at;
      current = kind;
    }
    at += point.bytes;
  }
  if (current != 0) out.add({begin, end}, opens && begin == text.data());
}

void add_part(std::vector<TextPart>& parts, size_t end, bool is_match) {
  if (end > (parts.empty() ? 0 : parts.back().end)) parts.push_back({end, is_match});
}

}  // namespace

void SequencePreTokenizer::split(std::string_view text, bool opens, Pieces& out) const {
  Pieces held;
  Pieces next;
  held.add(text, opens);
  for (const auto& part : parts_) {
    next.clear();
    for (const Pieces::Span& span : held.spans())
      part->split(held.text(span), span.opens, next);
    std::swap(held, next);
  }
  for (const Pieces::Span& span : held.spans())
    out.add(held.text(span), span.opens);
}

void BertPreTokenizer::split(std::string_view text, bool opens, Pieces& out) const {
  const char* end = text.data() + text.size();
  const char* begin = text.data();
  for (const char* at = begin; at != end;) {
    const CodePoint point = read_code_point(at, end);
    const bool is_mark = is_in(PointSet::kPunctuation, point.value);
    if (is_mark || is_white_space(point.value)) {
      out.add({begin, at}, opens && begin == text.data());
      begin = at + point.bytes;
      if (is_mark) out.add({at, begin}, opens && at == text.data());
    }
    at += point.bytes;
  }
  out.add({begin, end}, opens && begin == text.data());
}

void WhitespacePreTokenizer::split(std::string_view text, bool opens, Pieces& out) const {
  const auto class_of = [](char32_t point) {
    if (is_white_space(point)) return 0;
    return is_in(PointSet::kWord, point) ? 1 : 2;
  };
  add_runs(text, opens, class_of, out);
}

void WhitespaceSplitPreTokenizer::split(std::string_view text, bool opens, Pieces& out) const {
  add_runs(text, opens, [](char32_t point) { return is_white_space(point) ? 0 : 1; }, out);
}

void PointPreTokenizer::split(std::string_view text, bool opens, Pieces& out) const {
  std::vector<TextPart> parts;
  const char* end = text.data() + text.size();
  for (const char* at = text.data(); at != end;) {
    const CodePoint point = read_code_point(at, end);
    if (is_match_(point.value)) {
      add_part(parts, static_cast<size_t>(at - text.data()), false);
      add_part(parts, static_cast<size_t>(at + point.bytes - text.data()), true);
    }
    at += point.bytes;
  }
  add_part(parts, text.size(), false);
  add_parts(text, parts, behavior_, opens, out);
}

void LiteralPreTokenizer::split(std::string_view text, bool opens, Pieces& out) const {
  std::vector<TextPart> parts;
  for (size_t at = 0; !literal_.empty();) {
    const size_t found = text.find(literal_, at);
    if (found == std::string_view::npos) break;
    add_part(parts, found, invert_);
    at = found + literal_.size();
    add_part(parts, at, !invert_);
  }
  add_part(parts, text.size(), invert_);
  add_parts(text, parts, behavior_, opens, out);
}

void MetaspacePreTokenizer::split(std::string_view text, bool opens, Pieces& out) const {
  const bool has_mark = text.starts_with(mark_) || text.starts_with(' ');
  const bool prepends =
      scheme_ == PrependScheme::kAlways || (scheme_ == PrependScheme::kFirst && opens);
  if (text.empty()) return;
  std::string& letters = out.letters();
  if (prepends && !has_mark) letters += mark_;
  // A mark begins a piece unless the piece would be empty.
  bool first = true;
  const auto close = [&] {
    out.close(opens && first);
    first = false;
  };
  const char* end = text.data() + text.size();
  for (const char* at = text.data(); at != end;) {
    const std::string_view rest(at, static_cast<size_t>(end - at));
    const bool is_blank = rest.front() == ' ';
    if (is_blank || rest.starts_with(mark_)) {
      if (splits_ && at != text.data()) close();
      letters += mark_;
      at += is_blank ? 1 : mark_.size();
    } else {
      letters += *at++;
    }
  }
  close();
}

}  // namespace spout
