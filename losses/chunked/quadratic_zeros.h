// The step of an output layer whose absent entries cost c z^2 (mse) needs no scores but the
// target's. With A = X^T R X and G = W^T D W, where R and D hold the weights of rows and labels,
//   sum of c z^2 = c tr(A G),   gradient of W: 2 c D W A,   gradient of X: 2 c R X G;
// a bias counts as one more column of W, beside a column of ones in X. These are 4 L d^2 flops
// instead of 6 n L d, fewer up to d = 1.5 n; measured, it is faster only up to about d = n / 2, and
// is used there. With c = 0 no product grows with L at all.
// Source: the identity behind implicit ALS; Hu, Koren, Volinsky (ICDM 2008), section 4.
#pragma once

#include "spout/losses/base/loss.h"
#include "spout/losses/chunked/block_sink.h"
#include "spout/losses/chunked/output_batch.h"

namespace spout {

/// Whether chunked_step() takes this way, given the loss, n, d and the weight's dtype.
bool prefers_quadratic_zeros(const Loss& loss, const ChunkedInput& input);

/// Does what chunked_step() does, for such a loss. With c = 0 only the labels of the target's
/// entries have gradients, but an optimizer with momentum or decay still moves every weight, unless
/// it is lazy.
ChunkedResult quadratic_zeros_step(const Loss& loss, const ChunkedInput& input,
                                   const ChunkedOptions& options, BlockSink& sink);

/// Does what chunked_value() does, for such a loss.
at::Tensor quadratic_zeros_value(const Loss& loss, const ChunkedInput& input,
                                 const ChunkedOptions& options);

}  // namespace spout
