// chunked_loss() wraps chunked_step() as a loss to call backward() on, for training steps.
#pragma once

#include "spout/losses/chunked/chunked.h"

namespace spout {

/// The exact loss of a linear output layer. With gradients enabled the weights' gradients have gone
/// to `sink` when it returns, and the result is differentiable in `hidden` where that tracks
/// gradients. Without them (validation) only the value is computed and `sink` sees nothing.
///   hidden  [n, d] of any floating dtype; the rest of the input as in chunked_step()
///   throws as chunked_step(). backward() throws Error where the result was multiplied by a number
///   other than 1, which the gradients in the sink cannot follow (on CUDA this goes unnoticed,
///   since the host does not wait), and NotImplementedError on a second derivative
at::Tensor chunked_loss(const Loss& loss, const ChunkedInput& input, const ChunkedOptions& options,
                        BlockSink& sink);

}  // namespace spout
