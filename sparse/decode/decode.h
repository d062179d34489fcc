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
  int64_t top_k = 5;  // at most so many per row; 0: `row_limit`
  float threshold = -std::numeric_limits<float>::infinity();  // only scores above it
  int64_t row_limit = 10000;  // where top_k is 0: a row's best so many, to bound the result
  /// [L] f32 a threshold for each label, beside which `threshold` is 0 and "best" means farthest
  /// above; undefined: none.
  at::Tensor label_thresholds{};

  /// The scores' distance above their labels' thresholds, from scores [..., L] or biases [L].
  at::Tensor above_thresholds(const at::Tensor& scores) const;
  /// The chosen entries with their scores in place of that distance.
  Csr with_scores(Csr chosen) const;
};

/// What a person should know of a prediction.
struct DecodeReport {
  int64_t cut_rows = 0;  // rows with more labels above the threshold than row_limit
};

/// The chosen entries, columns ascending, in host memory, with their scores. Of equal scores the
/// first label wins; -infinity is never chosen.
///   scores   [n, L], any floating dtype and device
///   seen     [n, L] entries not to be chosen, whatever their value; may be null, as `report`
///   throws ValueError on shapes, and on NaN, naming its row
Csr decode(const at::Tensor& scores, const DecodeOptions& options, const Csr* seen = nullptr,
           DecodeReport* report = nullptr);

/// The entries of a prediction whose score is above the threshold.
Csr above(const Csr& predicted, float threshold);

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
