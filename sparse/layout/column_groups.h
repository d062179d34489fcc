// The entries of a few CSR rows grouped by column: which rows use a column, and with what value.
// The backward products of sparse features run over these groups.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "spout/sparse/layout/sparse_column.h"

namespace spout {

struct ColumnGroups {
  std::vector<int64_t> column;  // the columns that occur, ascending
  std::vector<int64_t> begin;   // [columns + 1] where each column's entries begin
  std::vector<int32_t> row;     // [nnz] ascending within a column
  std::vector<float> value;     // [nnz]

  int64_t size() const { return static_cast<int64_t>(column.size()); }
  SparseColumn operator[](int64_t group) const {
    const auto first = begin[static_cast<size_t>(group)];
    return {row.data() + first, value.data() + first,
            begin[static_cast<size_t>(group) + 1] - first};
  }
};

/// Groups the entries of a matrix by column.
///   matrix  [n, D] torch.sparse_csr, f32 values and i64 indices, in host memory
ColumnGroups group_by_column(const at::Tensor& matrix);

}  // namespace spout
