// The passes of an element-wise loss over a block of scores in host memory. A tile's targets are
// taken before the formula's kernel turns its scores into gradients.
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros.h>

#include "spout/losses/chunked/cpu_passes.h"
#include "spout/losses/chunked/tile_targets.h"

namespace spout {
namespace {

class ElementwisePasses : public BlockPasses {
 public:
  explicit ElementwisePasses(const BatchLoss& batch) : batch_(batch) {}

  void normalize(const ScoreBlock& /*block*/) override {}
  void merge_rows(const std::vector<BlockPasses*>& /*lanes*/) override {}

  void add_value(const ScoreBlock& block) override { run(block, nullptr); }

  at::Tensor take_gradient(const ScoreBlock& block) override {
    at::Tensor bias_gradient = at::zeros({block.size()}, at::kFloat);
    run(block, bias_gradient.mutable_data_ptr<float>());
    return bias_gradient;
  }

  at::Tensor value() const override { return at::scalar_tensor(sum_ * batch_.scale, at::kFloat); }

 private:
  void run(const ScoreBlock& block, float* column_sums) {
    with_score_type(block.scores, [&](auto type) {
      using Score = decltype(type);
      sum_ += pass_over_tiles<Score>(*batch_.columns, block, batch_.scale, column_sums,
                                     [&](ScoreTile<Score>& tile, TileTargets& targets) {
                                       const double of_targets = take_targets(targets);
                                       tile.want_value = batch_.want_value;
                                       tile.parameters = batch_.loss.parameters;
                                       if (batch_.weights.label.defined()) {
                                         tile.column_weights =
                                             batch_.weights.label.template const_data_ptr<float>() +
                                             targets.first_label;
                                       }
                                       return of_targets + take_absent(tile);
                                     });
    });
  }

  double take_targets(TileTargets& targets) const {
    const TargetColumns& all = *batch_.columns;
    return batch_.loss.entries.at_targets(
        batch_.loss.parameters,
        {targets.z.data(), targets.y.data(), all.weights_from(targets.first),
         all.positives_from(targets.first), targets.count()},
        {targets.whole.data(), targets.difference.data()});
  }

  /// Passes over all entries as if none were a target. A row's weight scales its part of the sum
  /// and of the gradient.
  template <class Score>
  double take_absent(const ScoreTile<Score>& tile) const {
    const auto formula = static_cast<size_t>(batch_.loss.formula);
    const auto& pass = cpu_kernels().of<Score>().elementwise[formula];
    if (!batch_.weights.row.defined()) return pass(tile);
    const auto* weights = batch_.weights.row.const_data_ptr<float>();
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

  BatchLoss batch_;
  double sum_ = 0.0;
};

}  // namespace

std::unique_ptr<BlockPasses> make_elementwise_passes(const BatchLoss& batch) {
  return std::make_unique<ElementwisePasses>(batch);
}

}  // namespace spout
