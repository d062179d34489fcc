// The passes of softmax over a block of scores in host memory. Each lane builds the normalisers of
// its own blocks; merge_rows() joins them before the gradient pass.
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "spout/losses/chunked/cpu_passes.h"
#include "spout/losses/chunked/tile_targets.h"

namespace spout {
namespace {

class SoftmaxPasses : public BlockPasses {
 public:
  explicit SoftmaxPasses(const BatchLoss& batch) : batch_(batch) {
    const auto n = static_cast<size_t>(batch.target.size(0));
    normalizers_.resize(n);
    row_sums_.resize(n);
    log_sums_.resize(n);
    const TargetColumns& target = *batch.columns;
    for (size_t i = 0; i < target.row.size(); ++i)
      row_sums_[static_cast<size_t>(target.row[i])] += target.value[i];
  }

  void normalize(const ScoreBlock& block) override {
    with_score_type(block.scores, [&](auto type) {
      using Score = decltype(type);
      cpu_kernels().of<Score>().log_sum_exp(tile_columns<Score>(block, 0, block.size()),
                                            normalizers_.data());
      const auto targets = gather_targets<Score>(*batch_.columns, block, 0, block.size());
      for (size_t i = 0; i < targets.z.size(); ++i)
        linear_ += static_cast<double>(targets.y[i]) * static_cast<double>(targets.z[i]);
    });
  }

  void add_value(const ScoreBlock& block) override { normalize(block); }

  at::Tensor take_gradient(const ScoreBlock& block) override {
    at::Tensor bias_gradient = at::zeros({block.size()}, at::kFloat);
    auto* column_sums = bias_gradient.mutable_data_ptr<float>();
    with_score_type(block.scores, [&](auto type) {
      using Score = decltype(type);
      pass_over_tiles<Score>(*batch_.columns, block, batch_.scale, column_sums,
                             [&](const ScoreTile<Score>& tile, TileTargets& targets) {
                               take_targets(targets);
                               cpu_kernels().of<Score>().softmax(tile, log_sums_.data(),
                                                                 row_sums_.data());
                               return 0.0;
                             });
    });
    return bias_gradient;
  }

  void merge_rows(const std::vector<BlockPasses*>& lanes) override {
    if (lanes.front() != this) {
      log_sums_ = static_cast<const SoftmaxPasses&>(*lanes.front()).log_sums_;
      return;
    }
    for (BlockPasses* other : lanes) {
      if (other == this) continue;
      const auto& lane = static_cast<const SoftmaxPasses&>(*other);
      linear_ += lane.linear_;
      for (size_t row = 0; row < normalizers_.size(); ++row)
        normalizers_[row].take(lane.normalizers_[row]);
    }
    for (size_t row = 0; row < log_sums_.size(); ++row)
      log_sums_[row] = static_cast<float>(normalizers_[row].log_sum_exp());
  }

  at::Tensor value() const override {
    double sum = 0.0;
    for (size_t row = 0; row < row_sums_.size(); ++row) {
      if (row_sums_[row] != 0.0F || std::isnan(normalizers_[row].sum)) {
        sum += static_cast<double>(row_sums_[row]) * normalizers_[row].log_sum_exp();
      }
    }
    return at::scalar_tensor((sum - linear_) * batch_.scale, at::kFloat);
  }

 private:
  void take_targets(TileTargets& targets) const {
    for (size_t i = 0; i < targets.z.size(); ++i) {
      const auto row = static_cast<size_t>(batch_.columns->row[targets.first + i]);
      const float expected = row_sums_[row] * std::exp(targets.z[i] - log_sums_[row]);
      targets.whole[i] = expected - targets.y[i];
      targets.difference[i] = -targets.y[i];
    }
  }

  BatchLoss batch_;
  double linear_ = 0.0;                     // the sum of y z
  std::vector<RowNormalizer> normalizers_;  // [n]
  std::vector<float> log_sums_;             // [n], log_sum_exp() of the merged normalisers
  std::vector<float> row_sums_;             // [n], row sums of the target
};

}  // namespace

std::unique_ptr<BlockPasses> make_softmax_passes(const BatchLoss& batch) {
  return std::make_unique<SoftmaxPasses>(batch);
}

}  // namespace spout
