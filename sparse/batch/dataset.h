// Examples in memory: features (sparse rows, or dense) beside a sparse target.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "sparse/layout/csr.h"

namespace spout {

/// The features of n examples: one of the two is set.
struct Features {
  Csr sparse;
  at::Tensor dense;  // [n, D] f32

  bool is_sparse() const { return !dense.defined(); }
  int64_t rows() const { return is_sparse() ? sparse.rows : dense.size(0); }
  int64_t cols() const { return is_sparse() ? sparse.cols : dense.size(1); }
};

struct Dataset {
  Features x;
  Csr y;                         // [n, L]
  int64_t duplicate_labels = 0;  // labels named twice in a row of the file, kept once

  int64_t rows() const { return x.rows(); }
};

/// Bytes of all arrays.
int64_t size_bytes(const Dataset& data);

/// Mean number of stored features of a row.
double features_per_row(const Dataset& data);

/// Scales every row to Euclidean length 1, in place; rows of zeros stay.
void l2_normalize_rows(Features& x);

/// Row numbers of a held-back share and of the rest, both ascending. At least one row stays on
/// each side where `rows` >= 2 and share > 0.
struct RowSplit {
  std::vector<int64_t> kept;
  std::vector<int64_t> held_back;
};
RowSplit split_rows(int64_t rows, double share, uint64_t seed);

/// [0, rows)
std::vector<int64_t> all_rows(int64_t rows);

}  // namespace spout
