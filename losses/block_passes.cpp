// On the CPU a block is passed over in tiles of columns over all rows: a row of a tile lies in L1,
// and column sums need no merging.
#include "losses/block_passes.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "losses/kernels.h"
#include "losses/score_tiles.h"
#include "losses/target.h"

#if defined(SPOUT_WITH_CUDA)
#include "losses/block_passes_cuda.h"
#endif

namespace spout {
namespace {

/// The target's entries in one tile, with their scores.
struct TileTargets {
  std::vector<float> z;
  std::vector<float> y;
  std::vector<float> whole;       // derivative of the loss there
  std::vector<float> difference;  // of that from the derivative of an absent entry
};

class CpuBlockPasses : public BlockPasses {
 public:
  explicit CpuBlockPasses(const BatchLoss& batch)
      : loss_(batch.loss),
        columns_(batch.columns),
        scale_(batch.scale),
        weights_(batch.weights),
        want_value_(batch.want_value) {
    if (loss_.formula >= 0) return;
    const auto n = static_cast<size_t>(batch.target.size(0));
    normalizers_.resize(n);
    row_sums_.resize(n);
    log_sums_.resize(n);
    for (size_t i = 0; i < columns_->row.size(); ++i)
      row_sums_[static_cast<size_t>(columns_->row[i])] += columns_->value[i];
  }

  void normalize(const ScoreBlock& block) override {
    with_score_type(block.scores, [&](auto type) {
      using Score = decltype(type);
      cpu_kernels().of<Score>().log_sum_exp(tile_columns<Score>(block, 0, block.size()),
                                            normalizers_.data());
      const auto [first, last] = columns_->range(block.begin, block.begin + block.size());
      const TileTargets targets = gather<Score>(block, first, last);
      for (size_t i = 0; i < targets.z.size(); ++i)
        linear_ += static_cast<double>(targets.y[i]) * static_cast<double>(targets.z[i]);
    });
  }

  void add_value(const ScoreBlock& block) override {
    if (loss_.formula < 0) return normalize(block);
    run(block, nullptr);
  }

  at::Tensor take_gradient(const ScoreBlock& block) override {
    at::Tensor bias_gradient = at::zeros({block.size()}, at::kFloat);
    run(block, bias_gradient.mutable_data_ptr<float>());
    return bias_gradient;
  }

  void merge_rows(const std::vector<BlockPasses*>& lanes) override {
    if (lanes.front() != this) {
      const auto& first = static_cast<const CpuBlockPasses&>(*lanes.front());
      log_sums_ = first.log_sums_;
      return;
    }
    for (BlockPasses* other : lanes) {
      if (other == this) continue;
      const auto& lane = static_cast<const CpuBlockPasses&>(*other);
      linear_ += lane.linear_;
      for (size_t row = 0; row < normalizers_.size(); ++row)
        normalizers_[row].take(lane.normalizers_[row]);
    }
    for (size_t row = 0; row < log_sums_.size(); ++row)
      log_sums_[row] = static_cast<float>(normalizers_[row].log_sum_exp());
  }

  at::Tensor value() const override {
    double sum = sum_;
    if (loss_.formula < 0) {
      for (size_t row = 0; row < row_sums_.size(); ++row) {
        if (row_sums_[row] != 0.0F || std::isnan(normalizers_[row].sum)) {
          sum += static_cast<double>(row_sums_[row]) * normalizers_[row].log_sum_exp();
        }
      }
      sum -= linear_;
    }
    return at::scalar_tensor(sum * scale_, at::kFloat);
  }

 private:
  /// All tiles of a block; without column sums only the value.
  void run(const ScoreBlock& block, float* column_sums) {
    with_score_type(block.scores, [&](auto type) {
      using Score = decltype(type);
      sum_ += sum_over_tiles(block.size(), [&](int64_t begin, int64_t end) {
        ScoreTile<Score> tile = tile_columns<Score>(block, begin, end);
        tile.scale = static_cast<float>(scale_);
        tile.want_value = want_value_;
        tile.parameters = loss_.parameters;
        if (weights_.label.defined()) {
          tile.column_weights = weights_.label.const_data_ptr<float>() + block.begin + begin;
        }
        if (column_sums != nullptr) {
          tile.gradient = block.scores.mutable_data_ptr<Score>() + begin;
          tile.column_sums = column_sums + begin;
        }
        return run_tile<Score>(block, tile, begin, end);
      });
    });
  }

  template <class Score>
  double run_tile(const ScoreBlock& block, const ScoreTile<Score>& tile, int64_t begin,
                  int64_t end) {
    const auto [first, last] = columns_->range(block.begin + begin, block.begin + end);
    TileTargets targets = gather<Score>(block, first, last);  // before the scores change
    const auto count = static_cast<int64_t>(last - first);
    double sum = 0.0;
    if (loss_.formula >= 0) {
      sum = loss_.entries.at_targets(
          loss_.parameters,
          {targets.z.data(), targets.y.data(), columns_->weights_from(first),
           columns_->positives_from(first), count},
          {targets.whole.data(), targets.difference.data()});
      sum += run_formula(tile);
    } else {
      softmax_targets(targets, first);
      cpu_kernels().of<Score>().softmax(tile, log_sums_.data(), row_sums_.data());
    }
    if (tile.gradient == nullptr) return sum;
    for (size_t i = first; i < last; ++i) {
      const int64_t column = columns_->column[i] - block.begin;
      const float scale = tile.scale;
      tile.gradient[columns_->row[i] * tile.stride + column - begin] =
          static_cast<Score>(scale * targets.whole[i - first]);
      tile.column_sums[column - begin] += scale * targets.difference[i - first];
    }
    return sum;
  }

  /// A row's weight scales all that comes of it.
  template <class Score>
  double run_formula(const ScoreTile<Score>& tile) const {
    const auto& pass = cpu_kernels().of<Score>().elementwise[static_cast<size_t>(loss_.formula)];
    if (!weights_.row.defined()) return pass(tile);
    const auto* weights = weights_.row.const_data_ptr<float>();
    double sum = 0.0;
    for (int64_t row = 0; row < tile.rows; ++row) {
      ScoreTile<Score> one = tile;
      one.rows = 1;
      one.scores += row * tile.stride;
      if (one.gradient != nullptr) one.gradient += row * tile.stride;
      one.scale *= weights[row];
      sum += static_cast<double>(weights[row]) * pass(one);
    }
    return sum;
  }

  void softmax_targets(TileTargets& targets, size_t first) const {
    for (size_t i = 0; i < targets.z.size(); ++i) {
      const auto row = static_cast<size_t>(columns_->row[first + i]);
      const float expected = row_sums_[row] * std::exp(targets.z[i] - log_sums_[row]);
      targets.whole[i] = expected - targets.y[i];
      targets.difference[i] = -targets.y[i];
    }
  }

  /// Entries [first, last) of the target, which lie in this block.
  template <class Score>
  TileTargets gather(const ScoreBlock& block, size_t first, size_t last) const {
    const size_t count = last - first;
    TileTargets targets{std::vector<float>(count), std::vector<float>(count),
                        std::vector<float>(count), std::vector<float>(count)};
    const auto* scores = block.scores.const_data_ptr<Score>();
    const auto* bias = block.bias.const_data_ptr<float>();
    for (size_t i = 0; i < count; ++i) {
      const int64_t column = columns_->column[first + i] - block.begin;
      targets.z[i] = static_cast<float>(scores[columns_->row[first + i] * block.size() + column]) +
                     bias[column];
      targets.y[i] = columns_->value[first + i];
    }
    return targets;
  }

  const Loss& loss_;
  std::shared_ptr<const TargetColumns> columns_;
  double scale_;
  LossWeights weights_;
  bool want_value_;
  double sum_ = 0.0;
  double linear_ = 0.0;  // softmax: sum of y z
  std::vector<RowNormalizer> normalizers_;
  std::vector<float> log_sums_;  // [n], of the normalisers once all blocks were seen
  std::vector<float> row_sums_;  // [n], of the target
};

}  // namespace

BatchLoss::BatchLoss(const Loss& batch_loss, const at::Tensor& batch_target, double value_scale,
                     const LossWeights& loss_weights)
    : loss(batch_loss), target(batch_target), scale(value_scale), weights(loss_weights) {
  if (loss.formula < 0) {
    target = weights.weigh(target);
    weights = {};
  }
  if (target.is_cpu()) {
    columns = std::make_shared<const TargetColumns>(columns_of(target, weights));
  }
}

LanePasses::LanePasses(const BatchLoss& batch, int64_t lanes)
    : needs_rows_(batch.loss.formula < 0) {
#if defined(SPOUT_WITH_CUDA)
  if (batch.target.is_cuda()) {
    lanes_.push_back(make_block_passes_cuda(batch));
    return;
  }
#endif
  TORCH_CHECK_NOT_IMPLEMENTED(batch.target.is_cpu(), "chunked: no kernels for ",
                              batch.target.device());
  for (int64_t i = 0; i < lanes; ++i)
    lanes_.push_back(std::make_unique<CpuBlockPasses>(batch));
}

void LanePasses::merge_rows() {
  std::vector<BlockPasses*> all(lanes_.size());
  std::transform(lanes_.begin(), lanes_.end(), all.begin(),
                 [](const auto& lane) { return lane.get(); });
  for (BlockPasses* lane : all)
    lane->merge_rows(all);
}

at::Tensor LanePasses::value() const {
  at::Tensor sum = lanes_.front()->value();
  for (size_t i = 1; i < lanes_.size() && !needs_rows_; ++i)
    sum.add_(lanes_[i]->value());
  return sum;
}

}  // namespace spout
