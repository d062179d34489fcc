// A few CSR rows seen from their columns: which rows use a column, and with what value. What the
// backward products of sparse features go over.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "sparse/layout/sparse_column.h"

namespace spout {

struct ColumnGroups {
  std::vector<int64_t> column;  // those that occur, ascending
  std::vector<int64_t> begin;   // [columns + 1], where a column's entries begin
  std::vector<int32_t> row;     // ascending within a column
  std::vector<float> value;

  int64_t size() const { return static_cast<int64_t>(column.size()); }
  SparseColumn operator[](int64_t group) const {
    const auto first = begin[static_cast<size_t>(group)];
    return {row.data() + first, value.data() + first,
            begin[static_cast<size_t>(group) + 1] - first};
  }
};

/// matrix  [n, D] torch.sparse_csr, f32 values and i64 indices, in host memory
ColumnGroups group_by_column(const at::Tensor& matrix);

}  // namespace spout
