// Softmax is the multinomial cross-entropy over labels; a row may have any number of labels:
//   t lse(z) - sum_j y_j z_j,  gradient t softmax(z) - y,  t = sum_j y_j,  lse = log of sum of exp.
// For one label of weight 1 it is torch's cross_entropy. Rows without labels contribute nothing.
// It is the one kind of loss that needs a normaliser per row, hence two passes over the scores.
#pragma once

#include "spout/losses/base/loss.h"

namespace spout {

/// The loss over whole scores: CPU f32 by the vector kernels, all else by ATen.
ValueAndGradient softmax_loss(const LossPassArgs& args);

/// The reference: softmax_loss() in ATen operations.
ValueAndGradient softmax_reference(const LossPassArgs& args);

}  // namespace spout
