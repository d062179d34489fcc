// How an element-wise formula runs: dense pass over the scores plus a correction per stored entry.
#pragma once

#include "losses/formulas.h"
#include "losses/loss.h"

namespace spout {

/// CPU f32 through the vector kernels, CUDA f32 through the CUDA kernel, all else through ATen.
template <ElementwiseFormula Formula>
ValueAndGradient elementwise_loss(const LossPassArgs& args);

/// The same in ATen operations: the reference, and the way for other dtypes and devices.
template <ElementwiseFormula Formula>
ValueAndGradient elementwise_reference(const LossPassArgs& args);

/// Where the gradient goes: a new tensor, the scores themselves, or nowhere (undefined).
at::Tensor gradient_buffer(const LossPassArgs& args);

#if defined(SPOUT_WITH_CUDA)
/// Sum of f0 over all scores, f64 scalar on the device; writes scale * f0' to `gradient` if defined.
template <ElementwiseFormula Formula>
at::Tensor elementwise_pass_cuda(const at::Tensor& scores, const at::Tensor& gradient,
                                 float scale);
#endif

}  // namespace spout
