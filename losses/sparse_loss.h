// sparse_loss() is the ordinary way to use a loss: the scores exist, and one calls backward().
#pragma once

#include <ATen/core/Tensor.h>

#include "spout/losses/base/loss_options.h"
#include "spout/losses/base/named_loss.h"

namespace spout {

/// The loss of that name (bce, squared-hinge, focal, asymmetric, softmax, mse, poisson) of scores
/// against a sparse target, differentiable in the scores. No dense target is made.
///   scores  [n, L] f32|f64
///   target  torch sparse COO [n, L], coalesced, on the same device
///   returns scalar; NaN or +infinity in the scores shows as a non-finite value
///   throws ValueError on an unknown name, and on shapes, layout and domain; IndexError on an
///   index >= L
at::Tensor sparse_loss(const NamedLoss& loss, const at::Tensor& scores, const at::Tensor& target,
                       const LossOptions& options = {});

}  // namespace spout
