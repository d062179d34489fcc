// The weights of a loss's terms. The term of entry (i, j) is weighted by row[i] * label[j], and f1
// of a non-zero of the target by positive[j] as well. Losses over whole rows (softmax) multiply the
// target's values by all three instead, so that a label weight is a class weight there.
#pragma once

#include <ATen/core/Tensor.h>

namespace spout {

struct LossWeights {
  // Undefined tensors stand for ones.
  at::Tensor row;         // [n] f32
  at::Tensor label;       // [L] f32
  at::Tensor positive{};  // [L] f32

  bool any() const { return of_all_terms() || positive.defined(); }
  /// Whether absent entries are weighted too.
  bool of_all_terms() const { return row.defined() || label.defined(); }

  /// Throws ValueError where sizes, dtype or device do not fit scores [n, L] on `device`.
  void check(int64_t n, int64_t num_labels, c10::Device device) const;

  /// row * label as a tensor that broadcasts to [n, L], for references only. Needs of_all_terms().
  at::Tensor broadcast() const;

  /// row * label at the stored entries of a coalesced COO target: [nnz] f32, or undefined (ones).
  at::Tensor of_entries(const at::Tensor& target) const;

  /// `positive` at the stored entries, 1 at explicit zeros: [nnz] f32, or undefined (ones).
  at::Tensor of_positives(const at::Tensor& target) const;

  /// The target with its values multiplied by all three weights.
  at::Tensor weigh(const at::Tensor& target) const;
};

}  // namespace spout
