#include "spout/losses/chunked/sparse_block.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <utility>

#include "spout/losses/chunked/score_tiles.h"

namespace spout {

SparseBlocks::SparseBlocks(const BatchLoss& batch, const HiddenScores& scores, double share)
    : loss_(batch.loss),
      target_(batch.columns),
      scores_(scores),
      weights_(batch.weights),
      scale_(batch.scale),
      share_(share) {}

std::vector<float> SparseBlocks::weights_of(const std::vector<TileEntry>& entries,
                                            int64_t begin) const {
  std::vector<float> weights(weights_.of_all_terms() ? entries.size() : 0, 1.0F);
  const auto* row = weights_.row.defined() ? weights_.row.const_data_ptr<float>() : nullptr;
  const auto* label = weights_.label.defined() ? weights_.label.const_data_ptr<float>() : nullptr;
  for (size_t i = 0; i < weights.size(); ++i) {
    if (row != nullptr) weights[i] *= row[entries[i].row];
    if (label != nullptr) weights[i] *= label[begin + entries[i].col];
  }
  return weights;
}

template <class Score>
void SparseBlocks::collect(const ScoreBlock& block, int64_t begin, int64_t end,
                           TileGradient& tile) const {
  const ScoreTile<Score> scores = tile_columns<Score>(block, begin, end);
  const auto cells = static_cast<double>(scores.rows * scores.cols);
  const auto capacity = static_cast<int64_t>(share_ * cells) + 1;
  const auto [first, last] = target_->range(block.begin + begin, block.begin + end);
  auto& entries = tile.entries;
  entries.resize(static_cast<size_t>(capacity + scores.cols));
  const int64_t found =
      cpu_kernels().of<Score>().entries_above(scores, loss_.zero_up_to(), entries.data(), capacity);
  tile.sparse = found < capacity;
  if (!tile.sparse) return;
  entries.resize(static_cast<size_t>(found));

  std::vector<float> z(entries.size());
  std::vector<float> gradient(entries.size());
  for (size_t i = 0; i < z.size(); ++i)
    z[i] = entries[i].score;
  const std::vector<float> weights = weights_of(entries, block.begin + begin);
  tile.value =
      loss_.entries.at_zeros(loss_.parameters, z.data(), weights.empty() ? nullptr : weights.data(),
                             found, gradient.data());
  for (size_t i = 0; i < z.size(); ++i)
    entries[i].score = gradient[i];

  // A target changes the gradient of its entry, maybe to zero, or gives one to an entry without.
  const auto count = static_cast<int64_t>(last - first);
  std::vector<float> target_z(last - first);
  std::vector<float> whole(last - first);
  std::vector<float> difference(last - first);
  for (size_t i = first; i < last; ++i) {
    const int64_t col = target_->column[i] - block.begin - begin;
    target_z[i - first] =
        static_cast<float>(scores.scores[target_->row[i] * scores.stride + col]) + scores.bias[col];
  }
  tile.value += loss_.entries.at_targets(
      loss_.parameters,
      {target_z.data(), target_->value.data() + first, target_->weights_from(first),
       target_->positives_from(first), count},
      {whole.data(), difference.data()});
  const auto before = [](const TileEntry& a, const TileEntry& b) {
    return std::pair(a.row, a.col) < std::pair(b.row, b.col);
  };
  for (size_t i = first; i < last; ++i) {
    const TileEntry target{static_cast<int32_t>(target_->row[i]),
                           static_cast<int32_t>(target_->column[i] - block.begin - begin),
                           difference[i - first]};
    const auto end_found = entries.begin() + found;
    const auto entry = std::lower_bound(entries.begin(), end_found, target, before);
    if (entry != end_found && !before(target, *entry)) {
      entry->score += target.score;
    } else {
      entries.push_back(target);
    }
  }
  std::erase_if(entries, [](const TileEntry& entry) { return entry.score == 0.0F; });
  group_by_label(scores.cols, tile);
}

/// Groups the entries by a counting sort.
void SparseBlocks::group_by_label(int64_t cols, TileGradient& tile) {
  tile.begin.assign(static_cast<size_t>(cols) + 1, 0);
  for (const TileEntry& entry : tile.entries)
    ++tile.begin[static_cast<size_t>(entry.col) + 1];
  for (size_t col = 1; col < tile.begin.size(); ++col)
    tile.begin[col] += tile.begin[col - 1];
  std::vector<int64_t> next(tile.begin.begin(), tile.begin.end() - 1);
  tile.rows.resize(tile.entries.size());
  tile.gradients.resize(tile.entries.size());
  for (const TileEntry& entry : tile.entries) {
    const auto slot = static_cast<size_t>(next[static_cast<size_t>(entry.col)]++);
    tile.rows[slot] = entry.row;
    tile.gradients[slot] = entry.score;
  }
}

template <class Score>
void SparseBlocks::multiply(const ScoreBlock& block, int64_t begin, TileGradient& tile,
                            const Products& products) const {
  const int64_t d = scores_.hidden().size(1);
  const auto& kernels = cpu_kernels().of<Score>();
  const auto* w = products.of.const_data_ptr<Score>() + begin * d;
  const auto* x = scores_.hidden().const_data_ptr<Score>();
  std::vector<float> own(products.weight == nullptr ? static_cast<size_t>(d) : 0);
  for (float& g : tile.gradients)
    g *= static_cast<float>(scale_);
  for (size_t col = 0; col + 1 < tile.begin.size(); ++col) {
    const int64_t first = tile.begin[col];
    const int64_t count = tile.begin[col + 1] - first;
    if (count == 0) continue;
    const auto label = static_cast<int64_t>(col);
    float* dw = products.weight == nullptr ? own.data() : products.weight + (begin + label) * d;
    const SparseColumn gradient{tile.rows.data() + first, tile.gradients.data() + first, count};
    kernels.label_products(w + label * d, x, d, gradient, products.hidden, dw);
    for (int64_t i = 0; i < count; ++i)
      products.bias[begin + label] += gradient.values[i];
    if (products.weight == nullptr) products.updater({block.begin + begin + label, 0, d}, dw);
  }
}

bool SparseBlocks::take(const ScoreBlock& block, BlockSink& sink,
                        const at::Tensor& hidden_gradient) {
  constexpr int64_t kRetryEvery = 8;  // blocks until the next try, after one that was not sparse
  if (dense_blocks_++ % kRetryEvery != 0) return false;
  const int64_t cols = block.size();
  tiles_.resize(static_cast<size_t>(count_tiles(cols)));
  with_score_type(block.scores, [&](auto type) {
    for_each_tile(cols, [&](int64_t i, int64_t begin, int64_t end) {
      collect<decltype(type)>(block, begin, end, tiles_[static_cast<size_t>(i)]);
    });
  });
  if (!std::all_of(tiles_.begin(), tiles_.end(), [](const auto& tile) { return tile.sparse; })) {
    return false;
  }
  dense_blocks_ = 0;
  for (const TileGradient& tile : tiles_)
    sum_ += tile.value;

  const at::Tensor bias_gradient = at::zeros({cols}, at::kFloat);
  Products products{scores_.weight(block), hidden_gradient.mutable_data_ptr<float>(), nullptr,
                    bias_gradient.mutable_data_ptr<float>(), sink.label_updater()};
  at::Tensor weight_gradient;
  if (!products.updater) {
    weight_gradient = at::zeros({cols, scores_.hidden().size(1)}, at::kFloat);
    products.weight = weight_gradient.mutable_data_ptr<float>();
  }
  with_score_type(block.scores, [&](auto type) {
    for (size_t i = 0; i < tiles_.size(); ++i) {
      multiply<decltype(type)>(block, static_cast<int64_t>(i) * kTileColumns, tiles_[i], products);
    }
  });
  if (products.updater) {
    sink.take_bias(block.begin, bias_gradient);
  } else {
    sink.take_block(block.begin, weight_gradient, bias_gradient);
  }
  return true;
}

}  // namespace spout
