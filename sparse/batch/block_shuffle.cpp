#include "spout/sparse/batch/block_shuffle.h"

#include <algorithm>
#include <span>

#include "spout/sparse/base/random.h"
#include "spout/sparse/batch/dataset.h"

namespace spout {

void shuffle_blocks(std::vector<int64_t>& rows, const BlockShuffle& sizes, uint64_t seed,
                    uint64_t step) {
  const auto count = static_cast<int64_t>(rows.size());
  const int64_t blocks = (count + sizes.block - 1) / sizes.block;
  std::vector<int64_t> order = all_rows(blocks);
  shuffle(order, seed, RandomStream::kBlocks, step);
  std::vector<int64_t> shuffled;
  shuffled.reserve(rows.size());
  for (const int64_t block : order) {
    const auto begin = rows.begin() + block * sizes.block;
    shuffled.insert(shuffled.end(), begin,
                    rows.begin() + std::min((block + 1) * sizes.block, count));
  }
  const int64_t pool = sizes.block * sizes.pool;
  for (int64_t first = 0; first < count; first += pool) {
    const std::span<int64_t> mixed = std::span(shuffled).subspan(
        static_cast<size_t>(first), static_cast<size_t>(std::min(pool, count - first)));
    shuffle(mixed, seed, RandomStream::kShuffle, step, static_cast<uint64_t>(first));
  }
  rows = std::move(shuffled);
}

}  // namespace spout
