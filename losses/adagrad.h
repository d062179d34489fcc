// The optimizer `adagrad`; what it computes stands in adagrad.cpp.
#pragma once

#include "losses/optimizer.h"

namespace spout {

std::unique_ptr<Optimizer> make_adagrad(NamedTensors parameters, const OptimizerOptions& options);

}  // namespace spout
