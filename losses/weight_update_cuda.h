// The weight updates on CUDA; defined where CUDA sources are compiled.
#pragma once

#include "losses/weight_update.h"

namespace spout {

/// Whether there was a kernel for these dtypes; then the update is under way on the current stream.
bool update_weights_cuda(const WeightUpdate& update);

}  // namespace spout
