// chunked_step() as a loss to call backward() on: how a training step uses it.
#pragma once

#include "losses/chunked.h"

namespace spout {

/// The exact loss of a linear output layer. With gradients enabled the weights' gradients have gone
/// to `sink` when it returns, and the result is differentiable in `hidden` where that tracks
/// gradients. Without (validation) the value alone is worked out and `sink` sees nothing.
///   hidden  [n, d] of any floating dtype, else as chunked_step()
///   backward() throws Error where the result was multiplied by anything: what went to the sink
///   cannot follow (CUDA: unnoticed, since the host does not wait); NotImplementedError on a second
///   derivative
at::Tensor chunked_loss(const Loss& loss, const ChunkedInput& input, const ChunkedOptions& options,
                        BlockSink& sink);

}  // namespace spout
