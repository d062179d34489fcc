// Weights of a loss's terms: that of entry (i, j) is row[i] * label[j], and of the target's
// non-zeros positive[j] times that. Losses over whole rows (softmax) weigh the target's values
// instead, so that a label weight is a class weight there.
#pragma once

#include <ATen/core/Tensor.h>

namespace spout {

struct LossWeights {
  at::Tensor row;         // [n] f32; undefined: ones
  at::Tensor label;       // [L] f32; undefined: ones
  at::Tensor positive{};  // [L] f32; undefined: ones

  bool any() const { return of_all_terms() || positive.defined(); }
  /// Whether absent entries have weights.
  bool of_all_terms() const { return row.defined() || label.defined(); }

  /// Throws ValueError where sizes, dtype or device are not those for scores [n, L] on `device`.
  void check(int64_t n, int64_t num_labels, c10::Device device) const;

  /// What [n, L] is to be multiplied by where of_all_terms(): broadcasts to that shape. For
  /// references only.
  at::Tensor broadcast() const;

  /// row * label of the stored entries of a coalesced COO target: [nnz] f32; undefined: ones.
  at::Tensor of_entries(const at::Tensor& target) const;

  /// `positive` of those entries, 1 where an explicit zero is stored; undefined: ones.
  at::Tensor of_positives(const at::Tensor& target) const;

  /// The target with its values weighed by all three.
  at::Tensor weigh(const at::Tensor& target) const;
};

}  // namespace spout
