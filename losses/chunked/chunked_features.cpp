#include "spout/losses/chunked/chunked_features.h"

#include <ATen/core/grad_mode.h>

#include "spout/losses/chunked/block_size.h"
#include "spout/losses/chunked/lane_passes.h"
#include "spout/losses/chunked/score_tiles.h"

namespace spout {
namespace {

void check(const Loss& loss, const FeatureInput& input) {
  const at::Tensor& x = input.x;
  const at::Tensor& w = input.weight;
  TORCH_CHECK_VALUE(x.layout() == at::kSparseCsr && x.is_cpu(), loss.name,
                    ": features must be torch.sparse_csr in host memory, found ", x.layout(),
                    " on ", x.device());
  TORCH_CHECK_VALUE(w.dim() == 2 && x.size(1) == w.size(0), loss.name, ": features ", x.sizes(),
                    " but weight ", w.sizes());
  TORCH_CHECK_VALUE(w.scalar_type() == at::kFloat && w.is_contiguous() && w.is_cpu(), loss.name,
                    ": the weight must be f32, contiguous and in host memory, found ",
                    w.scalar_type(), " on ", w.device());
  TORCH_CHECK_VALUE(input.bias.dim() == 1 && input.bias.size(0) == w.size(1), loss.name,
                    ": weight ", w.sizes(), " but bias ", input.bias.sizes());
  TORCH_CHECK_VALUE(
      input.target.layout() == at::kSparse && input.target.is_coalesced() && input.target.is_cpu(),
      loss.name, ": the target must be a coalesced sparse COO tensor in host memory");
  TORCH_CHECK_VALUE(input.target.size(0) == x.size(0) && input.target.size(1) == w.size(1),
                    loss.name, ": features ", x.sizes(), " and weight ", w.sizes(), " but target ",
                    input.target.sizes());
  input.weights.check(x.size(0), w.size(1), w.device());
}

/// Moves the weights of a block of labels by the gradient [n, B] of its scores.
class BlockUpdate {
 public:
  BlockUpdate(const ColumnGroups& groups, int64_t num_features, RowUpdater updater,
              bool others_rest)
      : groups_(groups),
        num_features_(num_features),
        updater_(std::move(updater)),
        others_rest_(others_rest) {}

  void apply(const ScoreBlock& block) const {
    const auto* gradient = block.scores.const_data_ptr<float>();
    for_each_tile(block.size(), [&](int64_t /*tile*/, int64_t begin, int64_t end) {
      const int64_t cols = end - begin;
      std::vector<float> own(static_cast<size_t>(cols));
      const std::vector<float> zeros(others_rest_ ? 0 : static_cast<size_t>(cols), 0.0F);
      int64_t next = 0;  // the first feature that has not been moved
      for (int64_t group = 0; group < groups_.size(); ++group) {
        const int64_t feature = groups_.column[static_cast<size_t>(group)];
        for (; !others_rest_ && next < feature; ++next)
          updater_({next, block.begin + begin, cols}, zeros.data());
        cpu_kernels().features.gather(gradient + begin, block.size(), groups_[group], own.data(),
                                      cols);
        updater_({feature, block.begin + begin, cols}, own.data());
        next = feature + 1;
      }
      for (; !others_rest_ && next < num_features_; ++next)
        updater_({next, block.begin + begin, cols}, zeros.data());
    });
  }

 private:
  const ColumnGroups& groups_;
  int64_t num_features_;
  RowUpdater updater_;
  bool others_rest_;
};

}  // namespace

FeatureScores::FeatureScores(int64_t rows, const ColumnGroups& groups, const at::Tensor& weight,
                             const at::Tensor& bias, int64_t size, bool keep)
    : ScoreBlocks(rows, bias, size, keep, weight.options().requires_grad(false)),
      groups_(groups),
      weight_(weight.detach()) {}

void FeatureScores::fill(const ScoreBlock& block) {
  at::Tensor scores = block.scores;
  scores.zero_();
  const auto* weight = weight_.const_data_ptr<float>();
  auto* z = scores.mutable_data_ptr<float>();
  for_each_tile(block.size(), [&](int64_t /*tile*/, int64_t begin, int64_t end) {
    for (int64_t group = 0; group < groups_.size(); ++group) {
      const int64_t feature = groups_.column[static_cast<size_t>(group)];
      cpu_kernels().features.scatter(weight + feature * num_labels() + block.begin + begin,
                                     end - begin, groups_[group], z + begin, block.size());
    }
  });
}

at::Tensor chunked_feature_loss(const Loss& loss, const FeatureInput& input,
                                const ChunkedOptions& options, Optimizer& optimizer, double lr) {
  const bool update = at::GradMode::is_enabled();
  const at::NoGradGuard no_grad;
  check(loss, input);
  const int64_t n = input.x.size(0);
  const int64_t num_labels = input.weight.size(1);
  const ColumnGroups groups = group_by_column(input.x);
  const int64_t size = options.block_labels > 0 ? options.block_labels
                                                : chunked_block_labels(n, num_labels, at::kFloat);
  const bool two_passes = loss.needs_whole_rows();
  FeatureScores scores(n, groups, input.weight, input.bias, size,
                       update && keeps_scores(loss, options, n, num_labels, at::kFloat));
  const BatchLoss batch(loss, input.target, reduction_scale(options.reduction, n, num_labels),
                        input.weights);
  if (!update) return value_of(batch, scores);
  LanePasses passes(batch, scores.lanes());
  optimizer.begin_rows(input.weight);
  const BlockUpdate updates(groups, input.weight.size(0), optimizer.row_updater(input.weight, lr),
                            optimizer.rests_at_zero());
  if (two_passes) {
    scores.for_each([&](int64_t lane, const ScoreBlock& block) { passes[lane].normalize(block); });
    passes.merge_rows();
  }
  const auto take = [&](int64_t lane, const ScoreBlock& block) {
    const at::Tensor bias_gradient = passes[lane].take_gradient(block);
    updates.apply(block);
    optimizer.update_rows(input.bias, block.begin, bias_gradient, lr);
  };
  scores.for_each(take, /*kept=*/two_passes);
  return passes.value();
}

}  // namespace spout
