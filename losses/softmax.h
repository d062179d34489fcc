// Multinomial cross-entropy over a row's labels, for any number of labels per row:
//   t lse(z) - sum_j y_j z_j,  gradient t softmax(z) - y,  with t = sum_j y_j and lse = log sum
//   exp.
// For one label of weight 1 it is torch's cross_entropy. Rows without labels contribute nothing.
// It is the one kind of loss that needs a normaliser per row, hence two passes over the scores.
#pragma once

#include "losses/loss.h"

namespace spout {

/// CPU f32 through the vector kernels, all else through ATen.
ValueAndGradient softmax_loss(const LossPassArgs& args);

/// The same in ATen operations: the reference.
ValueAndGradient softmax_reference(const LossPassArgs& args);

}  // namespace spout
