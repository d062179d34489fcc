// Reads multi-label libsvm text: `l1,l2 f:v f:v` per row and no header, as in the multi-label sets
// of the LIBSVM collection. Features count from 1 and become 0-based; labels count from 0.
#pragma once

#include <cstdint>

#include "spout/sparse/files/io/line_reader.h"
#include "spout/sparse/files/text/labeled_rows.h"

namespace spout {

struct LibsvmOptions {
  // The least shape of what is read, so that test data fits a trained model.
  int64_t min_features = 0;
  int64_t min_labels = 0;
  int64_t first_feature = 1;  // the number that the file gives to feature 0
};

/// Reads all rows. D and L are one above the largest index named, or the least ones of `options` if
/// these are more. Empty lines are empty rows, except at the end of the file.
///   sink  null, or takes the rows over: see LabeledRows
///   throws FileError "path:line: expected ..., found ..."
TextData read_libsvm(LineReader& reader, const LibsvmOptions& options = {},
                     const RowSink& sink = nullptr);

}  // namespace spout
