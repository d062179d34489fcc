// Entry scores are the scores of a linear layer at listed entries only: hidden[row] . weight[label]
// + bias[label]. A head that is asked only for the target's entries, or for the decoded ones, costs
// no more than these. The gradient of its weight has the rows of the labels that occur.
#pragma once

#include <ATen/core/Tensor.h>

namespace spout {

/// A linear layer and the entries at which its scores are wanted.
///   hidden [n, d] f32    weight [L, d] f32 or bf16    bias [L] f32
///   entries [2, m] i64: rows, which ascend, and labels
struct EntryInput {
  at::Tensor hidden;
  at::Tensor weight;
  at::Tensor bias;
  at::Tensor entries;
};

/// The scores [m] f32, without autograd.
///   throws ValueError on shapes, IndexError on entries outside [n, L]
at::Tensor entry_products(const EntryInput& input);

/// Gradients summed over the entries, whose labels are u distinct ones.
struct EntryGradients {
  at::Tensor hidden;  // [n, d] f32
  at::Tensor labels;  // [u] i64, ascending
  at::Tensor weight;  // [u, d] f32, of these labels
  at::Tensor bias;    // [u] f32, of these labels
};

/// The gradients of sum(gradient * scores).
///   gradient  [m] f32
EntryGradients entry_gradients(const EntryInput& input, const at::Tensor& gradient);

/// Does what entry_products() does, differentiably in hidden, weight (f32) and bias. The gradient
/// of the weight is a coalesced torch sparse tensor of rows.
at::Tensor entry_scores(const EntryInput& input);

}  // namespace spout
