#include "models/output_layer.h"

#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "losses/chunked_features.h"
#include "losses/chunked_loss.h"
#include "losses/chunked_predict.h"
#include "models/layers.h"
#include "models/script.h"
#include "models/sparse_linear.h"

namespace spout {
namespace {

constexpr uint64_t kOutputLayer = 1000;  // apart from the encoders' layers, which count from 0

ChunkedOptions chunked_options(const LossOptions& options) {
  ChunkedOptions chunked;
  chunked.reduction = options.reduction;
  return chunked;
}

/// The loss over all scores, which nobody else sees.
at::Tensor all_at_once(const at::Tensor& scores, const at::Tensor& target, const Loss& loss,
                       LossOptions options) {
  options.in_place = true;
  return sparse_loss(loss, scores, target, options);
}

/// Predictions of scores that are products: x [n, d] dense, weight [L, d], bias [L].
Csr predict_products(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                     const DecodeOptions& options, const Csr* seen, DecodeReport* report) {
  const bool bf16 = at::autocast::is_autocast_enabled(x.device().type());
  const auto dtype = bf16 ? at::kBFloat16 : at::kFloat;
  HiddenScores scores(x.to(dtype), weight, options.above_thresholds(bias),
                      chunked_block_labels(x.size(0), weight.size(0), x.options().dtype(dtype)));
  return options.with_scores(chunked_predict(scores, options, seen, report));
}

/// Divides every row by its length, in place, a piece at a time.
void scale_to_unit_rows(const at::Tensor& weight) {
  constexpr int64_t kRows = 1 << 14;
  const at::NoGradGuard no_grad;
  for (const at::Tensor& rows : weight.detach().split(kRows)) {
    const at::Tensor length =
        at::linalg_vector_norm(rows, 2, {1}, /*keepdim=*/true, at::kFloat).clamp_min(1e-12);
    rows.copy_(rows.to(at::kFloat).div_(length));
  }
}

class DenseOutput : public OutputLayer {
 public:
  DenseOutput(int64_t width, LabelRange labels, bool bf16, const InitOptions& init,
              bool has_bias = true)
      : OutputLayer(labels), has_bias_(has_bias) {
    const double bound = 1.0 / std::sqrt(static_cast<double>(width));
    weight_ =
        register_parameter("weight", uniform_init({labels.size(), width}, bound, init, kOutputLayer,
                                                  bf16 ? at::kBFloat16 : at::kFloat));
    const at::Tensor zeros = at::zeros({labels.size()});
    bias_ = has_bias ? register_parameter("bias", zeros) : register_buffer("no_bias", zeros);
    prior_ = register_buffer("prior", at::zeros({labels.size()}));
  }

  at::Tensor scores(const at::Tensor& x) const override { return scores(x, bias_ + prior_); }

  at::Tensor loss(const at::Tensor& x, const at::Tensor& target, const Loss& loss,
                  const LossOptions& options, const OutputUpdate* update) override {
    if (update == nullptr) return all_at_once(scores(x, bias_), target, loss, options);
    if (options.check_target) check_domain(loss, target._values());
    UpdateSink sink(update->optimizer, weight_, has_bias_ ? bias_ : at::Tensor(), update->lr);
    return chunked_loss(loss, {x, weight_, bias_, target, options.weights},
                        chunked_options(options), sink);
  }

  Csr predict(const at::Tensor& x, const DecodeOptions& options, const Csr* seen,
              DecodeReport* report) const override {
    TORCH_CHECK_VALUE(x.dim() == 2 && x.size(1) == weight_.size(1), "output: hidden ", x.sizes(),
                      " but weight ", weight_.sizes());
    return predict_products(x, weight_, bias_ + prior_, options, seen, report);
  }

  void set_bias(const at::Tensor& bias) override {
    if (has_bias_) bias_.data().copy_(bias);
  }

  void set_prior(const at::Tensor& prior) override { prior_.copy_(prior); }

  void write_script(Script& script) const override {
    const std::string weight = script.parameter("output_weight", weight_.to(at::kFloat));
    const std::string bias = script.parameter("output_bias", bias_ + prior_);
    script.statement("h = torch.addmm(" + bias + ", h, " + weight + ".t())");
  }

 protected:
  const at::Tensor& weight() const { return weight_; }

 private:
  at::Tensor scores(const at::Tensor& x, const at::Tensor& bias) const {
    TORCH_CHECK_VALUE(x.dim() == 2 && x.size(1) == weight_.size(1), "output: hidden ", x.sizes(),
                      " but weight ", weight_.sizes());
    return at::addmm(bias, x.to(at::kFloat), weight_.to(at::kFloat).t()).to(at::kFloat);
  }

  bool has_bias_;
  at::Tensor weight_;  // [L, d]
  at::Tensor bias_;    // [L]; without a bias zeros
  at::Tensor prior_;   // [L]
};

/// Rows of the weight are kept at length one: after every step they are scaled back to it, which
/// undoes the part of the step that a cosine would not have seen.
class CosineOutput : public DenseOutput {
 public:
  CosineOutput(int64_t width, LabelRange labels, bool bf16, const InitOptions& init)
      : DenseOutput(width, labels, bf16, init, /*has_bias=*/false) {
    if (init.initialize) scale_to_unit_rows(weight());
  }
  void after_step() override { scale_to_unit_rows(weight()); }
};

class SparseOutput : public OutputLayer {
 public:
  SparseOutput(int64_t features, LabelRange labels) : OutputLayer(labels) {
    // A linear model has no symmetry to break: zeros let rare features stay silent.
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

std::shared_ptr<OutputLayer> make_dense_output(int64_t width, LabelRange labels, bool bf16,
                                               const InitOptions& init) {
  return std::make_shared<DenseOutput>(width, labels, bf16, init);
}

std::shared_ptr<OutputLayer> make_cosine_output(int64_t width, LabelRange labels, bool bf16,
                                                const InitOptions& init) {
  return std::make_shared<CosineOutput>(width, labels, bf16, init);
}

std::shared_ptr<OutputLayer> make_sparse_output(int64_t features, LabelRange labels) {
  return std::make_shared<SparseOutput>(features, labels);
}

}  // namespace spout
