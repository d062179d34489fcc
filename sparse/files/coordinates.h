// Entries that a file names by row and column (COO), in any order, brought into rows: the counting
// sort that also transposes, so linear in entries and rows.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "sparse/layout/csr.h"

namespace spout {

struct Coordinates {
  int64_t rows = 0;
  int64_t cols = 0;
  at::Tensor row;     // [nnz] i64
  at::Tensor col;     // [nnz] i64
  at::Tensor values;  // [nnz] f32
};

/// The matrix with those entries; those of a row stay in their order, so that it is well-formed
/// only after order_rows.
///   throws FileError that names `path` on indices out of range and values that are not finite, and
///   where there are far more rows than entries
Csr group_by_row(const std::string& path, const Coordinates& entries);

}  // namespace spout
