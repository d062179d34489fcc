// Score tiles are the parts of a block of scores that CPU kernels take at a time: some columns of
// all rows, or all columns of some rows.
#pragma once

#include <ATen/Parallel.h>

#include <algorithm>
#include <vector>

#include "spout/losses/chunked/score_blocks.h"
#include "spout/losses/kernels/kernels.h"

namespace spout {

/// The columns of a tile. AVX-512 kernels take one logarithm for so many columns (LogTerm), and one
/// row of them fits into L1.
inline constexpr int64_t kTileColumns = 1024;

/// Calls body(Score{}) with the element type of the scores.
template <class Body>
void with_score_type(const at::Tensor& scores, const Body& body) {
  if (scores.scalar_type() == at::kFloat) {
    body(float{});
  } else {
    body(c10::BFloat16{});
  }
}

/// The tile of columns [begin, end) of a block.
template <class Score>
ScoreTile<Score> tile_columns(const ScoreBlock& block, int64_t begin, int64_t end) {
  ScoreTile<Score> tile;
  tile.scores = block.scores.const_data_ptr<Score>() + begin;
  tile.rows = block.scores.size(0);
  tile.cols = end - begin;
  tile.stride = block.size();
  tile.bias = block.bias.const_data_ptr<float>() + begin;
  return tile;
}

/// The tile of rows [first, last) of a block.
template <class Score>
ScoreTile<Score> tile_rows(const ScoreBlock& block, int64_t first, int64_t last) {
  ScoreTile<Score> tile = tile_columns<Score>(block, 0, block.size());
  tile.scores += first * tile.stride;
  tile.rows = last - first;
  return tile;
}

inline int64_t count_tiles(int64_t cols) {
  return (cols + kTileColumns - 1) / kTileColumns;
}

/// Calls body(tile number, begin, end) for all tiles of columns [0, cols), in parallel.
template <class Body>
void for_each_tile(int64_t cols, const Body& body) {
  at::parallel_for(0, count_tiles(cols), 1, [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i)
      body(i, i * kTileColumns, std::min(cols, (i + 1) * kTileColumns));
  });
}

/// The sum of body(begin, end) over all tiles, in an order that does not depend on the threads.
template <class Body>
double sum_over_tiles(int64_t cols, const Body& body) {
  std::vector<double> parts(static_cast<size_t>(count_tiles(cols)));
  for_each_tile(cols, [&](int64_t i, int64_t begin, int64_t end) {
    parts[static_cast<size_t>(i)] = body(begin, end);
  });
  double sum = 0.0;
  for (const double part : parts)
    sum += part;
  return sum;
}

}  // namespace spout
