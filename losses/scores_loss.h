// The losses of scores that exist, for code that holds a line of the table of losses.
#pragma once

#include "spout/losses/base/loss.h"
#include "spout/losses/base/loss_options.h"

namespace spout {

/// The loss of scores against a sparse target, differentiable in the scores.
///   scores [n, L] f32|f64    target COO [n, L], coalesced, same device
///   returns scalar; NaN or +infinity in the scores shows as a non-finite value
///   throws ValueError on shapes, layout and domain; IndexError on an index >= L (CUDA: a
///   device-side assertion, so that the host need not wait); NotImplementedError on a second
///   derivative
at::Tensor sparse_loss(const Loss& loss, const at::Tensor& scores, const at::Tensor& target,
                       const LossOptions& options = {});

/// The value and the gradient in the scores, without autograd.
ValueAndGradient loss_with_gradient(const Loss& loss, const at::Tensor& scores,
                                    const at::Tensor& target, const LossOptions& options = {});

}  // namespace spout
