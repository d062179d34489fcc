// Predictions as text. Numbered labels are read like rows of features, by LabeledRows.
#include "spout/sparse/files/text/prediction_text.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "spout/sparse/base/error.h"
#include "spout/sparse/base/growing_array.h"
#include "spout/sparse/base/numbers.h"
#include "spout/sparse/files/io/text_writer.h"
#include "spout/sparse/files/text/labeled_rows.h"
#include "spout/sparse/layout/row_order.h"

namespace spout {

namespace {

/// Removes the next field, up to a tab, from `line` and returns it.
std::string_view take_field(std::string_view& line) {
  const size_t tab = std::min(line.find('\t'), line.size());
  const std::string_view field = line.substr(0, tab);
  line.remove_prefix(std::min(tab + 1, line.size()));
  return field;
}

/// Splits "name:score" at the last colon. Returns false for anything else.
bool split_entry(std::string_view field, std::string_view& name, float& score) {
  const size_t colon = field.rfind(':');
  if (colon == std::string_view::npos) return false;
  name = field.substr(0, colon);
  return parse_float(field.substr(colon + 1), score);
}

/// Whether a line is "label:score label:score", with labels by number and blanks between them.
bool is_numbered_line(std::string_view line) {
  if (line.find('\t') != std::string_view::npos) return false;
  std::string_view word = take_word(line);
  bool numbered = !word.empty();
  for (; numbered && !word.empty(); word = take_word(line)) {
    std::string_view name;
    float score = 0;
    int64_t label = 0;
    numbered = split_entry(word, name, score) && parse_int(name, label);
  }
  return numbered;
}

/// Whether a line is "label,label feature:value ...", a row of data.
bool is_labeled_row(std::string_view line) {
  const std::string_view labels = take_word(line);
  return labels.find_first_not_of("0123456789,") == std::string_view::npos &&
         is_numbered_line(line);
}

/// Whether a line is "name:score<TAB>name:score".
bool is_named_line(std::string_view line) {
  const bool one_entry = line.find('\t') == std::string_view::npos;
  const bool has_blank = line.find(' ') != std::string_view::npos;
  // Such a line could be a name with blanks and its score as well.
  if (one_entry && (is_labeled_row(line) || (has_blank && is_numbered_line(line)))) return false;
  bool named = !line.empty();
  while (named && !line.empty()) {
    std::string_view name;
    float score = 0;
    named = split_entry(take_field(line), name, score);
  }
  return named;
}

}  // namespace

void append_prediction_line(std::string& out, const Csr& matrix, int64_t row,
                            const Vocabulary& names) {
  const auto labels = matrix.row_columns(row);
  const auto scores = matrix.row_values(row);
  std::vector<size_t> order(labels.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  const char separator = names.empty() ? ' ' : '\t';
  for (const size_t i : order) {
    if (i != order.front()) out += separator;
    if (labels[i] < names.size()) {
      out += names.name(labels[i]);
    } else {
      append_number(out, labels[i]);
    }
    out += ':';
    append_number(out, scores[i]);
  }
  out += '\n';
}

void write_prediction_text(const std::string& path, const Csr& matrix, bool overwrite,
                           const Vocabulary& names, const Vocabulary* row_names) {
  TextWriter writer(path, overwrite);
  std::string line;
  for (int64_t row = 0; row < matrix.rows; ++row) {
    line.clear();
    if (row_names != nullptr) {
      line += row_names->name(row);
      line += '\t';
    }
    append_prediction_line(line, matrix, row, names);
    writer.append(line);
  }
  writer.commit();
}

PredictionNames prediction_names(LineReader& reader) {
  constexpr int64_t kSampledLines = 1000;
  bool numbers = true;
  bool names = true;
  const std::vector<std::string> lines = sample_lines(reader, kSampledLines);
  for (const std::string& line : lines) {
    numbers = numbers && is_numbered_line(line);
    names = names && is_named_line(line);
  }
  if (lines.empty()) return PredictionNames::kNothing;
  if (!numbers && !names) return PredictionNames::kNone;
  if (numbers && names) return PredictionNames::kEither;
  return numbers ? PredictionNames::kNumbers : PredictionNames::kNames;
}

Csr read_prediction_text(LineReader& reader, int64_t cols) {
  RowLimits limits;
  if (cols >= 0) limits.num_features = cols;
  limits.item = "label";
  LabeledRows rows(reader.path(), limits);
  while (const auto line = reader.next())
    rows.add_features(*line, reader.line());
  return rows.finish(cols >= 0 ? cols : rows.features_seen(), 0).x;
}

Csr read_named_prediction_text(LineReader& reader, Vocabulary& names) {
  GrowingArray<int64_t> crow, col;
  GrowingArray<float> values;
  crow.push_back(0);
  RowScratch scratch;
  while (auto line = reader.next()) {
    const size_t start = col.size();
    while (!line->empty()) {
      const std::string_view field = take_field(*line);
      std::string_view name;
      float score = 0;
      if (!split_entry(field, name, score)) {
        throw bad_line(reader.path(), reader.line(), "name:score, found " + in_quotes(field));
      }
      col.push_back(names.add(name));
      values.push_back(score);
    }
    const std::span<int64_t> labels = col.from(start);
    sort_row(labels, values.from(start), scratch);
    const auto twin = std::adjacent_find(labels.begin(), labels.end());
    if (twin != labels.end()) {
      throw bad_line(reader.path(), reader.line(),
                     "each label once in a row, found " + in_quotes(names.name(*twin)) + " twice");
    }
    crow.push_back(col.ssize());
  }
  const int64_t rows = crow.ssize() - 1;
  return {rows, names.size(), crow.release(), col.release(), values.release()};
}

}  // namespace spout
