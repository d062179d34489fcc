#include "spout/sparse/files/text/fields.h"

#include <algorithm>

#include "spout/sparse/base/characters.h"

namespace spout {

QuoteMistake FieldSplitter::split(std::string_view line) {
  fields_.clear();
  if (separator_ == " ") {
    for (auto word = take_word(line); !word.empty(); word = take_word(line))
      fields_.push_back(word);
    total_ = fields_.size();
    return QuoteMistake::kNone;
  }
  unquoted_.clear();
  if (has_quotes_) {
    // One reservation, so that fields_ can refer to the texts.
    unquoted_.reserve(static_cast<size_t>(std::count(line.begin(), line.end(), '"')) / 2 + 1);
  }
  for (size_t at = 0;;) {
    const size_t start = std::min(line.find_first_not_of(" \t", at), line.size());
    if (has_quotes_ && start < line.size() && line[start] == '"') {
      at = start;
      const QuoteMistake mistake = take_quoted(line, at);
      if (mistake != QuoteMistake::kNone) return mistake;
    } else {
      take_plain(line, at);
    }
    if (at == line.size()) break;
    at += separator_.size();
  }
  total_ = fields_.size();
  while (!fields_.empty() && fields_.back().empty())
    fields_.pop_back();
  return QuoteMistake::kNone;
}

/// Reads a quoted field from its opening quote and moves `at` to the separator or the end.
QuoteMistake FieldSplitter::take_quoted(std::string_view line, size_t& at) {
  std::string& field = unquoted_.emplace_back();
  bool is_closed = false;
  for (++at; at < line.size() && !is_closed; ++at) {
    if (line[at] != '"') {
      field += line[at];
    } else if (at + 1 < line.size() && line[at + 1] == '"') {
      field += line[++at];
    } else {
      is_closed = true;
    }
  }
  if (!is_closed) return QuoteMistake::kNotClosed;
  at = std::min(line.find_first_not_of(" \t", at), line.size());
  fields_.emplace_back(field);
  const bool ends = at == line.size() || line.substr(at).starts_with(separator_);
  return ends ? QuoteMistake::kNone : QuoteMistake::kTextBehind;
}

/// Reads a field without quotes and moves `at` to the separator or the end.
void FieldSplitter::take_plain(std::string_view line, size_t& at) {
  const std::string_view whole = line.substr(at, line.find(separator_, at) - at);
  at += whole.size();
  const std::string_view field = spout::trimmed(whole);
  trimmed_ += !field.empty() && field.size() < whole.size() ? 1 : 0;
  fields_.push_back(field);
}

}  // namespace spout
