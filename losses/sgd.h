// The optimizer `sgd`; what it computes stands in sgd.cpp.
#pragma once

#include "losses/optimizer.h"

namespace spout {

std::unique_ptr<Optimizer> make_sgd(NamedTensors parameters, const OptimizerOptions& options);

}  // namespace spout
