// Weighted sums of a sparse matrix's rows: the product of a sparse row with it, added densely.
#pragma once

#include <cstdint>
#include <span>

#include "spout/sparse/layout/csr.h"

namespace spout {

/// Adds weights[i] * (row rows[i] of matrix) to `sums`, for every i.
///   sums  [matrix.cols]
inline void add_rows(const Csr& matrix, std::span<const int64_t> rows,
                     std::span<const float> weights, float* sums) {
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto columns = matrix.row_columns(rows[i]);
    const auto values = matrix.row_values(rows[i]);
    for (size_t j = 0; j < columns.size(); ++j)
      sums[columns[j]] += weights[i] * values[j];
  }
}

}  // namespace spout
