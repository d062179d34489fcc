#include "spout/models/outputs/feature_output.h"

#include <ATen/ops/zeros.h>

#include "spout/losses/chunked/block_size.h"
#include "spout/losses/chunked/chunked_features.h"
#include "spout/losses/chunked/chunked_predict.h"
#include "spout/models/base/script.h"
#include "spout/models/outputs/feature_linear.h"
#include "spout/models/outputs/product_scores.h"
#include "spout/sparse/decode/decode.h"

namespace spout {
namespace {

class SparseOutput : public OutputLayer {
 public:
  SparseOutput(int64_t features, LabelRange labels) : OutputLayer(labels) {
    // A linear model has no symmetry to break, and zeros let rare features stay silent.
    weight_ = register_parameter("weight", at::zeros({features, labels.size()}));
    bias_ = register_parameter("bias", at::zeros({labels.size()}));
    prior_ = register_buffer("prior", at::zeros({labels.size()}));
  }

  at::Tensor scores(const at::Tensor& x) const override { return scores(x, bias_ + prior_); }

  at::Tensor loss(const at::Tensor& x, const at::Tensor& target, const Loss& loss,
                  const LossOptions& options, const OutputUpdate* update) override {
    const bool in_blocks_too = update != nullptr && in_blocks(x) && loss.drawn == nullptr;
    if (!in_blocks_too) return all_at_once(scores(x, bias_), target, loss, options);
    if (options.check_target) check_domain(loss, target._values());
    return chunked_feature_loss(loss, {x, weight_, bias_, target, options.weights},
                                chunked_options(options), update->optimizer, update->lr);
  }

  Csr predict(const at::Tensor& x, const DecodeOptions& options, const Csr* seen,
              DecodeReport* report) const override {
    TORCH_CHECK_VALUE(x.dim() == 2 && x.size(1) == weight_.size(0), "output: features ", x.sizes(),
                      " but weight ", weight_.sizes());
    if (x.layout() == at::kStrided) {
      return predict_products(x, weight_.t(), bias_ + prior_, options, seen, report);
    }
    if (in_blocks(x)) {
      const int64_t size = chunked_block_labels(x.size(0), weight_.size(1), at::kFloat);
      const ColumnGroups groups = group_by_column(x);
      FeatureScores scores(x.size(0), groups, weight_, options.above_thresholds(bias_ + prior_),
                           size);
      return options.with_scores(chunked_predict(scores, options, seen, report));
    }
    return decode(scores(x), options, seen, report);
  }

  void set_prior(const at::Tensor& prior) override { prior_.copy_(prior); }
  void set_bias(const at::Tensor& bias) override { bias_.data().copy_(bias); }

  void write_script(Script& script) const override {
    const std::string weight = script.parameter("output_weight", weight_);
    const std::string bias = script.parameter("output_bias", bias_ + prior_);
    script.statement("h = self.sparse_linear(h, " + weight + ", " + bias + ")");
  }

 private:
  at::Tensor scores(const at::Tensor& x, const at::Tensor& bias) const {
    return sparse_linear(x, weight_, bias).to(at::kFloat);
  }
  static bool in_blocks(const at::Tensor& x) { return x.layout() == at::kSparseCsr && x.is_cpu(); }

  at::Tensor weight_;  // [D, L]
  at::Tensor bias_;    // [L]
  at::Tensor prior_;   // [L]
};

}  // namespace

std::shared_ptr<OutputLayer> make_sparse_output(int64_t features, LabelRange labels) {
  return std::make_shared<SparseOutput>(features, labels);
}

}  // namespace spout
