// A random order for rows that lie in a file larger than memory: they are read in runs, and what
// has been read is used once before it is given up.
#pragma once

#include <cstdint>
#include <vector>

namespace spout {

struct BlockShuffle {
  int64_t block = 64;  // neighbouring rows that are read together
  int64_t pool = 512;  // blocks whose rows are mixed
};

/// Cuts the rows into blocks, puts these in random order, and mixes the rows of each `pool` of
/// them. A batch then has rows from all over the file, as of a full shuffle; only what is together
/// in a block comes within the same pool.
///   rows  ascending; shuffled in place    step  which random numbers to use
void shuffle_blocks(std::vector<int64_t>& rows, const BlockShuffle& sizes, uint64_t seed,
                    uint64_t step);

}  // namespace spout
