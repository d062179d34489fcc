#include "spout/models/outputs/dense_output.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "spout/losses/chunked/chunked_loss.h"
#include "spout/models/base/layers.h"
#include "spout/models/base/random_layer.h"
#include "spout/models/base/script.h"
#include "spout/models/outputs/product_scores.h"

namespace spout {
namespace {

/// Divides every row by its length, in place; kRows at a time, to keep the copy in f32 small.
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
    weight_ = register_parameter(
        "weight", uniform_init({labels.size(), width}, bound, init, RandomLayer::kOutput,
                               bf16 ? at::kBFloat16 : at::kFloat));
    const at::Tensor zeros = at::zeros({labels.size()});
    bias_ = has_bias ? register_parameter("bias", zeros) : register_buffer("no_bias", zeros);
    prior_ = register_buffer("prior", at::zeros({labels.size()}));
  }

  at::Tensor scores(const at::Tensor& x) const override { return scores(x, bias_ + prior_); }

  at::Tensor scores_of(const at::Tensor& x, LabelRange some) const override {
    const int64_t begin = some.begin - labels().begin;
    const auto part = [&](const at::Tensor& all) { return all.narrow(0, begin, some.size()); };
    return product(x, part(weight_), part(bias_) + part(prior_));
  }

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

  void set_weight(const at::Tensor& weight) override { weight_.data().copy_(weight); }

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
    return product(x, weight_, bias);
  }

  static at::Tensor product(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
    TORCH_CHECK_VALUE(x.dim() == 2 && x.size(1) == weight.size(1), "output: hidden ", x.sizes(),
                      " but weight ", weight.sizes());
    return at::addmm(bias, x.to(at::kFloat), weight.to(at::kFloat).t()).to(at::kFloat);
  }

  bool has_bias_;
  at::Tensor weight_;  // [L, d]
  at::Tensor bias_;    // [L]; zeros where the layer has no bias
  at::Tensor prior_;   // [L]
};

/// Keeps the rows of the weight at length one. Scaling them back after every step undoes the part
/// of the step that a cosine does not see.
class CosineOutput : public DenseOutput {
 public:
  CosineOutput(int64_t width, LabelRange labels, bool bf16, const InitOptions& init)
      : DenseOutput(width, labels, bf16, init, /*has_bias=*/false) {
    if (init.initialize) scale_to_unit_rows(weight());
  }
  void after_step() override { scale_to_unit_rows(weight()); }
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

}  // namespace spout
