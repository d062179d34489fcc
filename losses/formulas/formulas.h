// The list of element-wise formulas. The loss table, the CPU kernels of every instruction set, the
// CUDA kernels and the contract tests are all made from it.
#pragma once

#include <tuple>

#include "spout/losses/formulas/asymmetric.h"
#include "spout/losses/formulas/bce.h"
#include "spout/losses/formulas/focal.h"
#include "spout/losses/formulas/mse.h"
#include "spout/losses/formulas/poisson.h"
#include "spout/losses/formulas/squared_hinge.h"

namespace spout {

using ElementwiseFormulas = std::tuple<Bce, SquaredHinge, Focal, Asymmetric, Mse, Poisson>;

inline constexpr size_t kNumElementwise = std::tuple_size_v<ElementwiseFormulas>;

}  // namespace spout
