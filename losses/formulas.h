// The element-wise formulas, each listed once: the loss table, the CPU kernels of every instruction
// set, the CUDA kernels and the contract tests are all made from this list.
#pragma once

#include <tuple>

#include "losses/asymmetric.h"
#include "losses/bce.h"
#include "losses/focal.h"
#include "losses/mse.h"
#include "losses/poisson.h"
#include "losses/squared_hinge.h"

namespace spout {

using ElementwiseFormulas = std::tuple<Bce, SquaredHinge, Focal, Asymmetric, Mse, Poisson>;

inline constexpr size_t kNumElementwise = std::tuple_size_v<ElementwiseFormulas>;

}  // namespace spout
