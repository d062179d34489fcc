// How an element-wise formula runs: dense pass over the scores plus a correction per stored entry.
// CPU f32 goes through the vector kernels, CUDA f32 through the CUDA kernel, all else through ATen.
#pragma once

#include <array>

#include "losses/formulas.h"
#include "losses/loss.h"

namespace spout {

/// The loss table's entries of all element-wise formulas, in the order of the list.
std::array<Loss, kNumElementwise> elementwise_losses();

/// Where the gradient goes: a new tensor, the scores themselves, or nowhere (undefined).
at::Tensor gradient_buffer(const LossPassArgs& args);

/// Sum of f0 over all scores, f64 scalar on the device; writes args.scale * f0' to `gradient` if
/// defined.
using ElementwisePassCuda = at::Tensor (*)(const LossPassArgs& args, const at::Tensor& gradient);

/// The CUDA kernels, in the order of the list; defined where CUDA sources are compiled.
const std::array<ElementwisePassCuda, kNumElementwise>& elementwise_passes_cuda();

}  // namespace spout
