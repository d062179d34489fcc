// The options by which scores become entries of a prediction, and a report for the user.
#pragma once

#include <ATen/core/Tensor.h>

#include <limits>

#include "spout/sparse/layout/csr.h"

namespace spout {

/// Which scores of a row become entries of the prediction.
struct DecodeOptions {
  int64_t top_k = 5;                                          // most labels per row; 0: row_limit
  float threshold = -std::numeric_limits<float>::infinity();  // only scores above it are chosen
  int64_t row_limit = 10000;  // most labels per row if top_k is 0, to bound the result
  /// [L] f32, a threshold for each label; undefined if there is none. `threshold` must then be 0,
  /// and the best labels are those farthest above their thresholds.
  at::Tensor label_thresholds{};

  /// Subtracts the labels' thresholds from scores [..., L] or biases [L], if there are any.
  at::Tensor above_thresholds(const at::Tensor& scores) const;
  /// Undoes above_thresholds() for the chosen entries, so that their values are scores again.
  Csr with_scores(Csr chosen) const;
};

/// What the user should know about a prediction.
struct DecodeReport {
  int64_t cut_rows = 0;  // rows with more labels above the threshold than row_limit
};

}  // namespace spout
