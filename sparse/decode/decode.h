// Turns scores into a sparse matrix: the best k labels of a row, or all above a threshold.
// The CSR is made straight from (row, label, score) results; nothing is made dense or coalesced.
#pragma once

#include <ATen/core/Tensor.h>

#include "spout/sparse/decode/decode_options.h"
#include "spout/sparse/layout/csr.h"
#include "spout/sparse/layout/csr_builder.h"

namespace spout {

/// Returns the chosen entries with their scores, columns ascending, in host memory. Of equal scores
/// the first label wins; -infinity is never chosen.
///   scores   [n, L], any floating dtype and device
///   seen     [n, L] entries not to be chosen, whatever their value; may be null
///   report   may be null
///   throws ValueError on shapes, and on NaN, naming its row
Csr decode(const at::Tensor& scores, const DecodeOptions& options, const Csr* seen = nullptr,
           DecodeReport* report = nullptr);

/// Returns the entries of a prediction whose score is above the threshold.
Csr above(const Csr& predicted, float threshold);

/// Puts matrices of equal width one below the other. Each may be freed once it is appended.
class CsrStack {
 public:
  explicit CsrStack(int64_t cols) : cols_(cols) {}

  void append(const Csr& rows);
  Csr finish();

 private:
  int64_t cols_;
  CsrBuilder stacked_;
};

}  // namespace spout
