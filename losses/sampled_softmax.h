// Softmax whose normaliser is estimated: a row's targets in full, and drawn labels that stand for
// all others, each by the labels it counts for ("log-q correction"):
//   t log( sum over targets of exp(z) + sum over drawn non-targets of count exp(z) ) - sum of y z
// where t = sum y, and a target whose weight is 0 counts as an absent entry. It tends to softmax as
// more are drawn, and is softmax where all labels are, each counting 1. Gradients touch targets and
// drawn labels only; what then grows with L is an optimizer that moves every weight, unless lazy.
// Source: Bengio and Senecal (2008); Jean, Cho, Memisevic, Bengio (ACL 2015), section 3.
#pragma once

#include "losses/chunked.h"
#include "losses/loss.h"

namespace spout {

/// Over whole scores; without drawn labels these are softmax_loss() and softmax_reference().
ValueAndGradient sampled_softmax_loss(const LossPassArgs& args);
ValueAndGradient sampled_softmax_reference(const LossPassArgs& args);

/// chunked_step() with loss.drawn: scores of the drawn labels and of the targets, no others.
///   throws as chunked_step(), and as DrawnLabels::check()
ChunkedResult sampled_softmax_step(const Loss& loss, const ChunkedInput& input,
                                   const ChunkedOptions& options, BlockSink& sink);

/// Its value alone.
at::Tensor sampled_softmax_value(const Loss& loss, const ChunkedInput& input,
                                 const ChunkedOptions& options);

/// Bytes that a step over `drawn` labels takes beyond weights, optimizer state and the hidden rows.
double sampled_softmax_workspace_bytes(int64_t n, int64_t drawn, int64_t width, double targets);

}  // namespace spout
