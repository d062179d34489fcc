// Predictions as text; see the header. Reading is reading rows of features without labels.
#include "sparse/files/prediction_text.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "sparse/files/labeled_rows.h"
#include "sparse/files/numbers.h"
#include "sparse/files/text_writer.h"

namespace spout {

void write_prediction_text(const std::string& path, const Csr& matrix, bool overwrite) {
  TextWriter writer(path, overwrite);
  std::vector<size_t> order;
  std::string line;
  for (int64_t row = 0; row < matrix.rows; ++row) {
    const auto labels = matrix.row_columns(row);
    const auto scores = matrix.row_values(row);
    order.resize(labels.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return scores[a] > scores[b]; });
    line.clear();
    for (const size_t i : order) {
      if (!line.empty()) line += ' ';
      append_number(line, labels[i]);
      line += ':';
      append_number(line, scores[i]);
    }
    line += '\n';
    writer.append(line);
  }
  writer.commit();
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

}  // namespace spout
