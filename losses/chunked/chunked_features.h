// A linear layer that reads sparse features directly is run in blocks of labels as well. Scores
// are sums over a row's features, and an update moves the weights of the batch's features only,
// where the optimizer lets the others rest. The weight is [D, L], so that a feature's weights for a
// block of labels lie together; a pass reads each once, however many rows use it. In host memory
// only.
#pragma once

#include "spout/losses/base/loss.h"
#include "spout/losses/chunked/output_batch.h"
#include "spout/losses/chunked/score_blocks.h"
#include "spout/losses/optimizers/optimizer.h"
#include "spout/sparse/layout/column_groups.h"

namespace spout {

/// The scores x * weight of sparse features x, in blocks of labels.
///   weight [D, L] f32    bias [L] f32    groups must outlive this
class FeatureScores : public ScoreBlocks {
 public:
  FeatureScores(int64_t rows, const ColumnGroups& groups, const at::Tensor& weight,
                const at::Tensor& bias, int64_t size, bool keep = false);

 private:
  void fill(const ScoreBlock& block) override;

  const ColumnGroups& groups_;
  at::Tensor weight_;
};

struct FeatureInput {
  at::Tensor x;       // [n, D] torch.sparse_csr, f32
  at::Tensor weight;  // [D, L] f32, contiguous
  at::Tensor bias;    // [L] f32
  at::Tensor target;  // COO [n, L], coalesced
  LossWeights weights{};
};

/// The exact loss of a batch. With gradients enabled the weights have moved when it returns;
/// without them (validation) nothing is changed.
///   optimizer  knows weight and bias
///   returns scalar f32 that tracks no gradient, since nothing is in front of this layer
///   throws ValueError on shapes, dtypes and devices; Error on a second call before the optimizer's
///   step()
at::Tensor chunked_feature_loss(const Loss& loss, const FeatureInput& input,
                                const ChunkedOptions& options, Optimizer& optimizer, double lr);

}  // namespace spout
