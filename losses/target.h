// A coalesced COO target taken apart once, and the per-entry sums that every loss shares.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "losses/loss_weights.h"

namespace spout {

/// Views into a coalesced COO tensor [n, L]: no copy is made on the CPU.
struct TargetEntries {
  at::Tensor row;     // [nnz] i64
  at::Tensor column;  // [nnz] i64
  at::Tensor value;   // [nnz], dtype of the scores
  at::Tensor place;   // [nnz] i64, row * L + column: where the entry lies in [n, L]
};

/// Throws IndexError on the CPU where an index lies outside [n, L].
TargetEntries entries_of(const at::Tensor& target, at::ScalarType dtype);

/// The entries in the order of their columns, for passes over blocks of labels; in host memory.
struct TargetColumns {
  std::vector<int64_t> column;  // ascending
  std::vector<int64_t> row;
  std::vector<float> value;
  std::vector<float> weight;    // of the entries' terms; empty: ones
  std::vector<float> positive;  // of f1 beside that; empty: ones

  // From entry `first` on; null: ones.
  const float* weights_from(size_t first) const {
    return weight.empty() ? nullptr : weight.data() + first;
  }
  const float* positives_from(size_t first) const {
    return positive.empty() ? nullptr : positive.data() + first;
  }

  /// Which entries lie in columns [begin, end): [first, last).
  std::pair<size_t, size_t> range(int64_t begin, int64_t end) const;
};

/// target  COO [n, L], coalesced, on the CPU; throws IndexError as entries_of
TargetColumns columns_of(const at::Tensor& target, const LossWeights& weights);

}  // namespace spout
