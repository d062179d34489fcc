// Rows of a wide sparse matrix on their own columns: a few rows use few of them, and work on those
// need not touch arrays of the whole width.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "spout/sparse/layout/csr.h"

namespace spout {

/// Copies rows, again and again, into matrices that have only the columns that occur in them.
class UsedColumns {
 public:
  /// Makes a copier for matrices of so many columns.
  explicit UsedColumns(int64_t cols) : place_(static_cast<size_t>(cols), kUnused) {}

  /// Copies the given rows, in the given order. Columns keep their order, and are numbered by it.
  ///   rows  [m] indices in [0, matrix.rows)
  Csr gather(const Csr& matrix, std::span<const int64_t> rows);

  /// The columns of the matrix that the last copy has, ascending.
  std::span<const int64_t> columns() const { return columns_; }

 private:
  static constexpr int32_t kUnused = -1;

  std::vector<int32_t> place_;    // of each column among columns_; kUnused between two copies
  std::vector<int64_t> columns_;  // of the last copy
};

}  // namespace spout
