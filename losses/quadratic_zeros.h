// The step of an output layer where absent entries cost c z^2 (mse). No scores of all entries are
// needed: with A = X^T R X and G = W^T D W, R and D the weights of rows and labels,
//   sum of c z^2 = c tr(A G),   gradient of W: 2 c D W A,   gradient of X: 2 c R X G,
// (biases are one more column of W and of X), and only the target's entries are looked at one by
// one. That is 4 L d^2 flops in place of 6 n L d: cheaper where d is at most n / 2. With c = 0,
// the non-zeros alone, no product is left that grows with L (an optimizer with momentum or decay
// still moves every weight, unless it is lazy).
// Source: the identity behind implicit ALS; Hu, Koren, Volinsky (ICDM 2008), section 4.
#pragma once

#include "losses/chunked.h"

namespace spout {

/// Whether chunked_step() is better run so: by the loss, and by n, d and the weight's dtype.
bool prefers_quadratic_zeros(const Loss& loss, const ChunkedInput& input);

/// As chunked_step().
ChunkedResult quadratic_zeros_step(const Loss& loss, const ChunkedInput& input,
                                   const ChunkedOptions& options, BlockSink& sink);

/// As chunked_value().
at::Tensor quadratic_zeros_value(const Loss& loss, const ChunkedInput& input,
                                 const ChunkedOptions& options);

}  // namespace spout
