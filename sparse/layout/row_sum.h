// Weighted sums of a sparse matrix's rows: products of sparse rows with it, added up densely.
#pragma once

#include <cstdint>
#include <span>

#include "sparse/layout/csr.h"

namespace spout {

/// sums += sum over i of weights[i] * (row rows[i] of matrix).
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
