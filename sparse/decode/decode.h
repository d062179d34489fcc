// From scores to a sparse matrix: the best k labels of a row, or all above a threshold. The CSR is
// made straight from (row, label, score) results: no dense output is built, nothing is coalesced.
#pragma once

#include <ATen/core/Tensor.h>

#include <limits>
#include <vector>

#include "sparse/layout/csr.h"

namespace spout {

/// Which scores of a row become entries of the prediction.
struct DecodeOptions {
  int64_t top_k = 5;  // at most so many per row; 0 = no limit
  float threshold = -std::numeric_limits<float>::infinity();  // only scores above it
  int64_t row_limit = 10000;  // where top_k is 0: a row's best so many, to bound the result
};

/// What a person should know of a prediction.
struct DecodeReport {
  int64_t cut_rows = 0;  // rows with more labels above the threshold than row_limit
};

/// The chosen entries, columns ascending. Scores of -infinity are never chosen; NaN throws
/// ValueError.
///   scores   [n, L] f32, any device
Csr decode(const at::Tensor& scores, const DecodeOptions& options);

/// The entries of a prediction whose score is above the threshold.
Csr above(const Csr& predicted, float threshold);

/// Sets scores[i, j] to -infinity, in place, for every entry (i, j) of `seen`, whatever its value.
///   scores   [n, L]    seen [n, L]
void exclude(const at::Tensor& scores, const Csr& seen);

/// Puts matrices of equal width one below the other, without holding more than the result twice.
class CsrStack {
 public:
  explicit CsrStack(int64_t cols) : cols_(cols) {}

  void append(const Csr& rows);
  Csr finish();

 private:
  int64_t cols_;
  std::vector<int64_t> crow_{0};
  std::vector<int64_t> col_;
  std::vector<float> values_;
};

}  // namespace spout
