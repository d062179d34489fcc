// Examples, in memory or in mapped files: features (sparse rows, dense, or token numbers) beside a
// sparse target.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "sparse/batch/feature_kind.h"
#include "sparse/layout/csr.h"
#include "sparse/names/vocabulary.h"

namespace spout {

/// Documents as token numbers in reading order, for models that read order.
struct TokenRows {
  static constexpr int64_t kPadding = 0;  // fills up the shorter rows of a batch; never stored
  static constexpr int64_t kUnknown = 1;  // any token outside the vocabulary

  at::Tensor crow;         // [n + 1] i64: row i holds ids[crow[i] .. crow[i + 1])
  at::Tensor ids;          // [tokens] i64, in [1, vocabulary)
  int64_t vocabulary = 0;  // D: tokens known, with the two above
};

/// The features of n examples: one of the three is set.
struct Features {
  Csr sparse;
  at::Tensor dense;  // [n, D] f32
  TokenRows tokens{};
  bool in_file = false;    // its arrays are a file's: not to be written to, and no memory of ours
  bool unit_rows = false;  // rows are scaled to length one when they are gathered

  bool is_tokens() const { return tokens.ids.defined(); }
  bool is_sparse() const { return !dense.defined() && !is_tokens(); }
  FeatureKind kind() const {
    if (is_tokens()) return FeatureKind::kTokens;
    return is_sparse() ? FeatureKind::kSparse : FeatureKind::kDense;
  }
  int64_t rows() const;
  int64_t cols() const;
};

struct Dataset {
  Features x;
  Csr y;                         // [n, L]
  int64_t duplicate_labels = 0;  // labels named twice in a row of the file, kept once
  Csr seen{};                    // [n, L] what a ranking leaves out; no rows: nothing
  Vocabulary row_names{};        // of users, by which rows of files are joined; or none

  int64_t rows() const { return x.rows(); }
};

/// Bytes of memory of all arrays.
int64_t size_bytes(const Dataset& data);

/// Mean number of stored features of a row.
double features_per_row(const Dataset& data);

/// Mean number of labels of a row.
double labels_per_row(const Dataset& data);

/// Scales every row to Euclidean length 1, in place, or where they are in a file says that it is to
/// be done; rows of zeros stay.
void l2_normalize_rows(Features& x);

/// The rows named of features that are no tokens, in that order, in memory.
Features gather_rows(const Features& x, std::span<const int64_t> rows);

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
