// The passes over a block of scores on CUDA; defined where CUDA sources are compiled.
#pragma once

#include <memory>

#include "losses/block_passes.h"

namespace spout {

/// Nothing in them waits for the device; results do not depend on the order in which threads run.
std::unique_ptr<BlockPasses> make_block_passes_cuda(const BatchLoss& batch);

}  // namespace spout
