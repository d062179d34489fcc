// A linear layer straight on sparse features, in blocks of labels: scores are sums over a row's
// features, and an update touches the weights of the batch's features only (where the optimizer
// lets the others rest). The weight is feature-major, so that a feature's labels of a block lie
// together; each is read once per pass, whatever the number of rows that use it. In host memory.
#pragma once

#include "losses/chunked.h"
#include "losses/score_blocks.h"
#include "sparse/layout/column_groups.h"

namespace spout {

/// x * weight: rows of the weight summed by a row's features, on any device.
///   x [n, D] torch.sparse_csr    weight [D, d]    returns [n, d]
at::Tensor feature_sums(const at::Tensor& x, const at::Tensor& weight);

/// The gradient of the weight rows of the features that occur: sum over rows of x * gradient.
///   gradient  [n, d] f32, contiguous    returns [groups.size(), d]
at::Tensor feature_gradient(const ColumnGroups& groups, const at::Tensor& gradient);

/// x * weight.
///   weight [D, L] f32, bias [L] f32
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
/// without (validation) nothing is changed.
///   optimizer  knows weight and bias; a second call before its step() throws Error
///   returns scalar f32, which tracks no gradient: there is nothing in front of this layer
at::Tensor chunked_feature_loss(const Loss& loss, const FeatureInput& input,
                                const ChunkedOptions& options, Optimizer& optimizer, double lr);

}  // namespace spout
