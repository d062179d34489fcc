// A random order for rows that lie in a file larger than memory: they are read in runs, and what
// has been read is used once before it is given up.
#pragma once

#include <cstdint>
#include <vector>

namespace spout {

/// In a file sorted by label, blocks of 16 rows cost 0.1 points of precision against a full
/// shuffle, blocks of 64 rows 0.6: a rare label's rows then come in few pools
/// (scripts/bench_mapped.py).
struct BlockShuffle {
  int64_t block = 16;   // neighbouring rows that are read together
  int64_t pool = 2048;  // blocks whose rows are mixed
};

/// Cuts the rows into blocks, puts these in random order, and mixes each run of block * pool rows
/// of what then stands there. A batch has rows from all over the file, as of a full shuffle; only
/// what is together in a block comes close together in time.
///   rows  ascending; shuffled in place    step  which random numbers to use
void shuffle_blocks(std::vector<int64_t>& rows, const BlockShuffle& sizes, uint64_t seed,
                    uint64_t step);

}  // namespace spout
