// Takes a coalesced COO target apart: its entries as tensors in the order of rows, and as host
// arrays in the order of columns.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "spout/losses/base/loss_weights.h"

namespace spout {

/// The entries of a coalesced COO tensor [n, L]. row and column are views; value is a view where
/// the dtype is that of the target already.
struct TargetEntries {
  at::Tensor row;     // [nnz] i64
  at::Tensor column;  // [nnz] i64
  at::Tensor value;   // [nnz], dtype of the scores
  at::Tensor place;   // [nnz] i64, row * L + column, the flat index of the entry in [n, L]
};

/// Takes a target apart.
///   throws IndexError where an index lies outside [n, L] (CUDA: a device-side assertion)
TargetEntries entries_of(const at::Tensor& target, at::ScalarType dtype);

/// The entries in the order of their columns, in host memory, for passes over blocks of labels.
/// Empty weights stand for ones.
struct TargetColumns {
  std::vector<int64_t> column;  // ascending
  std::vector<int64_t> row;
  std::vector<float> value;
  std::vector<float> weight;    // of the entries' terms
  std::vector<float> positive;  // of f1, on top of `weight`

  // The weights from entry `first` on, or null for ones.
  const float* weights_from(size_t first) const {
    return weight.empty() ? nullptr : weight.data() + first;
  }
  const float* positives_from(size_t first) const {
    return positive.empty() ? nullptr : positive.data() + first;
  }

  /// The range [first, last) of entries that lie in columns [begin, end).
  std::pair<size_t, size_t> range(int64_t begin, int64_t end) const;
};

/// Sorts the entries of a target by column.
///   target  COO [n, L], coalesced, on the CPU
///   throws IndexError where an index lies outside [n, L]
TargetColumns columns_of(const at::Tensor& target, const LossWeights& weights);

}  // namespace spout
