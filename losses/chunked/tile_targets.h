// Tile targets are the target's entries in one tile of a block of scores. Their scores are taken
// before the pass overwrites them, and their gradients are written after those of absent entries.
#pragma once

#include <vector>

#include "spout/losses/base/target.h"
#include "spout/losses/chunked/score_tiles.h"

namespace spout {

struct TileTargets {
  int64_t first_label = 0;        // label of the tile's first column
  size_t first = 0;               // number of the first entry among all of the target's
  std::vector<float> z;           // scores
  std::vector<float> y;           // target values
  std::vector<float> whole;       // f1', the derivative of the entry's loss
  std::vector<float> difference;  // f1' - f0'

  int64_t count() const { return static_cast<int64_t>(z.size()); }
};

/// The target's entries in columns [begin, end) of a block, with their scores.
template <class Score>
TileTargets gather_targets(const TargetColumns& target, const ScoreBlock& block, int64_t begin,
                           int64_t end) {
  const auto [first, last] = target.range(block.begin + begin, block.begin + end);
  const size_t count = last - first;
  TileTargets targets{block.begin + begin,       first,
                      std::vector<float>(count), std::vector<float>(count),
                      std::vector<float>(count), std::vector<float>(count)};
  const auto* scores = block.scores.const_data_ptr<Score>();
  const auto* bias = block.bias.const_data_ptr<float>();
  for (size_t i = 0; i < count; ++i) {
    const int64_t column = target.column[first + i] - block.begin;
    targets.z[i] =
        static_cast<float>(scores[target.row[first + i] * block.size() + column]) + bias[column];
    targets.y[i] = target.value[first + i];
  }
  return targets;
}

/// Writes the targets' gradients into the tile, and adds their differences to the column sums.
template <class Score>
void put_target_gradients(const TargetColumns& target, const TileTargets& entries,
                          const ScoreTile<Score>& tile) {
  for (size_t i = 0; i < entries.z.size(); ++i) {
    const int64_t column = target.column[entries.first + i] - entries.first_label;
    tile.gradient[target.row[entries.first + i] * tile.stride + column] =
        static_cast<Score>(tile.scale * entries.whole[i]);
    tile.column_sums[column] += tile.scale * entries.difference[i];
  }
}

/// Calls body(tile, targets) for all tiles of a block and returns the sum of its results. The body
/// overwrites the tile's scores by the gradients of absent entries and computes the derivatives at
/// the targets, which are then written into the tile.
///   column_sums  [B] of the block; null where only values are wanted
template <class Score, class Body>
double pass_over_tiles(const TargetColumns& target, const ScoreBlock& block, double scale,
                       float* column_sums, const Body& body) {
  return sum_over_tiles(block.size(), [&](int64_t begin, int64_t end) {
    ScoreTile<Score> tile = tile_columns<Score>(block, begin, end);
    tile.scale = static_cast<float>(scale);
    if (column_sums != nullptr) {
      tile.gradient = block.scores.mutable_data_ptr<Score>() + begin;
      tile.column_sums = column_sums + begin;
    }
    TileTargets targets = gather_targets<Score>(target, block, begin, end);
    const double sum = body(tile, targets);
    if (tile.gradient != nullptr) put_target_gradients(target, targets, tile);
    return sum;
  });
}

}  // namespace spout
