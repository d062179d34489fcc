// Computes sampled softmax from the scores of targets and drawn labels. Both ways to run the loss
// share this arithmetic: over whole scores, and in the output layer in blocks.
#pragma once

#include "spout/losses/base/label_sampler.h"
#include "spout/losses/base/target.h"

namespace spout {

/// The scores that the loss looks at.
struct SampledScores {
  at::Tensor drawn;  // [n, S], of the drawn labels in all rows
  at::Tensor entry;  // [nnz], at the target's entries
};

struct SampledLoss {
  at::Tensor value;        // scalar f64
  SampledScores gradient;  // of both kinds of scores
};

/// Value and gradients, each times `scale`. scores.drawn is overwritten.
SampledLoss sampled_loss(const DrawnLabels& drawn, const TargetEntries& entries,
                         SampledScores scores, double scale);

}  // namespace spout
