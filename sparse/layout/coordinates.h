// Turns entries that a file lists by row and column (COO), in any order, into rows. This is a
// counting sort, as in transpose(), and takes time linear in entries and rows.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "spout/sparse/layout/csr.h"

namespace spout {

struct Coordinates {
  int64_t rows = 0;
  int64_t cols = 0;
  at::Tensor row;     // [nnz] i64
  at::Tensor col;     // [nnz] i64
  at::Tensor values;  // [nnz] f32
};

/// Builds the matrix with these entries. The entries of a row keep their order, so the matrix is
/// well-formed only after order_rows().
///   throws FileError that names `path` on lengths that differ, indices out of range, values that
///   are not finite, and far more rows than entries
Csr group_by_row(const std::string& path, const Coordinates& entries);

}  // namespace spout
