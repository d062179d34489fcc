// A random order for the rows of a file larger than memory. Neighbouring rows are read together,
// and all of them are used before their memory is given up.
#pragma once

#include <cstdint>
#include <vector>

namespace spout {

/// The sizes of a block shuffle. In a file sorted by label, blocks of 16 rows cost 0.1 points of
/// precision against a full shuffle and blocks of 64 rows 0.6, because a rare label's rows then
/// fall into few pools (scripts/bench/bench_mapped.py).
struct BlockShuffle {
  int64_t block = 16;   // neighbouring rows that are read together
  int64_t pool = 2048;  // blocks whose rows are mixed
};

/// Cuts the rows into blocks, shuffles the blocks, and then shuffles the rows of each `pool`
/// successive blocks together. A batch has rows from all over the file, as in a full shuffle; only
/// rows of the same block come close together in time.
///   rows  ascending; shuffled in place
///   step  selects the random numbers, such as the epoch
void shuffle_blocks(std::vector<int64_t>& rows, const BlockShuffle& sizes, uint64_t seed,
                    uint64_t step);

}  // namespace spout
