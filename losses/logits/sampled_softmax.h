// Sampled softmax estimates the normaliser of a row from its targets and from drawn labels, each of
// which counts for the number of labels it stands for ("log-q correction"). With t = sum of y:
//   t log( sum over targets of exp(z) + sum over drawn non-targets of count exp(z) ) - sum of y z
// It is softmax if all labels are drawn with a count of 1, and tends to it as more are drawn. Only
// targets and drawn labels have gradients.
// Source: Bengio and Senecal (2008); Jean, Cho, Memisevic, Bengio (ACL 2015), section 3.
#pragma once

#include "spout/losses/base/loss.h"

namespace spout {

/// Sampled softmax over whole scores; a target of value 0 counts as an absent entry. Without drawn
/// labels these are softmax_loss() and softmax_reference().
ValueAndGradient sampled_softmax_loss(const LossPassArgs& args);
ValueAndGradient sampled_softmax_reference(const LossPassArgs& args);

}  // namespace spout
