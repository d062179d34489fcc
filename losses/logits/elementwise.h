// Element-wise losses over scores that exist: one dense pass over the scores, and a correction for
// each stored entry of the target. CPU f32 goes through the vector kernels, CUDA f32 through the
// CUDA kernel, all else through ATen.
#pragma once

#include <array>

#include "spout/losses/base/loss.h"
#include "spout/losses/formulas/formulas.h"

namespace spout {

/// The lines of the loss table for all element-wise formulas, in the order of formulas.h.
std::array<Loss, kNumElementwise> elementwise_losses();

/// Returns the sum of f0 over all scores, an f64 scalar on the device, and writes args.scale * f0'
/// to `gradient` where that is defined.
using ElementwisePassCuda = at::Tensor (*)(const LossPassArgs& args, const at::Tensor& gradient);

/// One pass for each formula, in the order of formulas.h. Defined in losses/cuda, where CUDA
/// sources are compiled.
const std::array<ElementwisePassCuda, kNumElementwise>& elementwise_passes_cuda();

}  // namespace spout
