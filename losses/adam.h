// The optimizers `adam` and `adamw`; what they compute stands in adam.cpp.
#pragma once

#include "losses/optimizer.h"

namespace spout {

std::unique_ptr<Optimizer> make_adam(NamedTensors parameters, const OptimizerOptions& options);
std::unique_ptr<Optimizer> make_adamw(NamedTensors parameters, const OptimizerOptions& options);

}  // namespace spout
