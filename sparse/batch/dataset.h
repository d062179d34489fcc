// A data set: features (sparse rows, dense rows or token numbers) and a sparse target, in memory or
// in mapped files.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "spout/sparse/base/vocabulary.h"
#include "spout/sparse/batch/feature_kind.h"
#include "spout/sparse/layout/csr.h"

namespace spout {

/// Documents as token numbers in reading order, for models that depend on the order of words.
struct TokenRows {
  at::Tensor crow;         // [n + 1] i64: row i holds ids[crow[i] .. crow[i + 1])
  at::Tensor ids;          // [tokens] i64, in [0, vocabulary)
  int64_t vocabulary = 0;  // D: the number of known tokens, with those of `numbers`
  TokenNumbers numbers{};  // those that no text has
};

/// The features of n examples. One of sparse, dense and tokens is set.
struct Features {
  Csr sparse;
  at::Tensor dense;  // [n, D] f32
  TokenRows tokens{};
  /// Dense columns behind those of `sparse`, [n, d] f32; undefined: none.
  at::Tensor hidden{};
  /// If not 0, a checksum of the texts that dense rows were computed from. Other devices may
  /// compute other last bits, so that fingerprint() takes this in place of the rows.
  uint32_t rows_source = 0;
  /// True if the arrays are mapped files: they must not be written to and do not count as memory.
  bool in_file = false;
  /// True if rows are to be scaled to Euclidean length 1 when they are gathered.
  bool unit_rows = false;
  /// How many of the columns of `sparse` or `dense`, the last ones, scaling leaves as they are: an
  /// encoder's values beside words.
  int64_t unscaled = 0;

  bool is_tokens() const { return tokens.ids.defined(); }
  bool is_sparse() const { return !dense.defined() && !is_tokens(); }
  FeatureKind kind() const {
    if (is_tokens()) return FeatureKind::kTokens;
    return is_sparse() ? FeatureKind::kSparse : FeatureKind::kDense;
  }
  int64_t rows() const;
  int64_t cols() const;
  /// How many of the columns are values of a pretrained encoder's rows.
  int64_t hidden_cols() const { return hidden.defined() ? hidden.size(1) : 0; }
};

struct Dataset {
  Features x;
  Csr y;                         // [n, L] the target
  int64_t duplicate_labels = 0;  // labels named twice in a row of the file, kept once
  Csr seen{};                    // [n, L] entries that a ranking leaves out; without rows: none
  Vocabulary row_names{};        // [n] the users, by whom files are joined; or empty

  int64_t rows() const { return x.rows(); }
};

/// The rows of sparse features, with the columns of `hidden` behind them if there are any.
Csr sparse_rows(const Features& x);

/// The memory of all arrays, in bytes; 0 if they are mapped files.
int64_t size_bytes(const Dataset& data);

/// The bytes of a tensor's values; 0 if it is undefined.
int64_t size_bytes(const at::Tensor& tensor);

/// The mean number of stored features (or tokens) per row.
double features_per_row(const Dataset& data);

/// The number of tokens of the longest row.
int64_t longest_row(const TokenRows& tokens);

/// The mean number of labels per row.
double labels_per_row(const Dataset& data);

/// Scales every row to Euclidean length 1. Rows in memory are scaled in place, rows in a file when
/// they are gathered (unit_rows). Rows of zeros, rows of tokens and `hidden` stay as they are.
void l2_normalize_rows(Features& x);

/// Copies the given rows, in the given order, into memory. The features must not be tokens.
Features gather_rows(const Features& x, std::span<const int64_t> rows);

/// The row numbers of a held-back share and of the rest, both ascending.
struct RowSplit {
  std::vector<int64_t> kept;
  std::vector<int64_t> held_back;
};

/// Holds back a random share of the rows, rounded. If `rows` >= 2 and `share` > 0, each side gets
/// at least one row.
RowSplit split_rows(int64_t rows, double share, uint64_t seed);

/// The numbers [0, rows).
std::vector<int64_t> all_rows(int64_t rows);

}  // namespace spout
