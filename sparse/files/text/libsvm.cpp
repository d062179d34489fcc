// Multi-label libsvm text is rows of LabeledRows without a header.
#include "spout/sparse/files/text/libsvm.h"

#include <algorithm>

#include "spout/sparse/base/error.h"
#include "spout/sparse/base/numbers.h"

namespace spout {

TextData read_libsvm(LineReader& reader, const LibsvmOptions& options, const RowSink& sink) {
  RowLimits limits;
  limits.first_feature = options.first_feature;
  LabeledRows rows(reader.path(), limits, sink);
  int64_t empty_lines = 0;
  while (const auto line = reader.next()) {
    if (without_trailing_blanks(*line).empty()) {
      ++empty_lines;
      continue;
    }
    for (; empty_lines > 0; --empty_lines)
      rows.add({}, reader.line());
    rows.add(*line, reader.line());
  }
  if (rows.rows() == 0) throw FileError(reader.path() + ": expected data, found no rows");
  return rows.finish(std::max(rows.features_seen(), options.min_features),
                     std::max(rows.labels_seen(), options.min_labels));
}

}  // namespace spout
