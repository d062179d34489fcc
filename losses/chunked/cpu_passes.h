// The passes over a block of scores in host memory, with a class for each kind of loss. A pass cuts
// its block into tiles of some columns and all rows: a row of a tile fits into the L1 cache, and
// the column sums of a tile need no merging.
#pragma once

#include <memory>

#include "spout/losses/chunked/block_passes.h"

namespace spout {

/// The passes of an element-wise loss.
std::unique_ptr<BlockPasses> make_elementwise_passes(const BatchLoss& batch);

/// The passes of softmax: the first makes the normaliser of every row, the second the gradients.
std::unique_ptr<BlockPasses> make_softmax_passes(const BatchLoss& batch);

}  // namespace spout
