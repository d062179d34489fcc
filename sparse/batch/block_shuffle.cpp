#include "sparse/batch/block_shuffle.h"

#include <algorithm>
#include <numeric>

#include "sparse/batch/random.h"

namespace spout {

void shuffle_blocks(std::vector<int64_t>& rows, const BlockShuffle& sizes, uint64_t seed,
                    uint64_t step) {
  const auto count = static_cast<int64_t>(rows.size());
  std::vector<int64_t> order(static_cast<size_t>((count + sizes.block - 1) / sizes.block));
  std::iota(order.begin(), order.end(), 0);
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
    for (int64_t left = std::min(pool, count - first); left > 1; --left) {
      const int64_t pick = random_below(seed, RandomStream::kShuffle, step,
                                        static_cast<uint64_t>(first + left), left);
      std::swap(shuffled[static_cast<size_t>(first + left - 1)],
                shuffled[static_cast<size_t>(first + pick)]);
    }
  }
  rows = std::move(shuffled);
}

}  // namespace spout
