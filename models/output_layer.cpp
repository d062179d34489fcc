#include "models/output_layer.h"

#include <ATen/ops/addmm.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "models/layers.h"
#include "models/script.h"

namespace spout {
namespace {

constexpr uint64_t kOutputLayer = 1000;  // apart from the encoders' layers, which count from 0

class DenseOutput : public OutputLayer {
 public:
  DenseOutput(int64_t width, LabelRange labels, const InitOptions& init) : OutputLayer(labels) {
    const double bound = 1.0 / std::sqrt(static_cast<double>(width));
    weight_ = register_parameter("weight",
                                 uniform_init({labels.size(), width}, bound, init, kOutputLayer));
    bias_ = register_parameter("bias", at::zeros({labels.size()}));
  }

  at::Tensor scores(const at::Tensor& x) const override {
    TORCH_CHECK_VALUE(x.dim() == 2 && x.size(1) == weight_.size(1), "output: hidden ", x.sizes(),
                      " but weight ", weight_.sizes());
    return at::addmm(bias_, x, weight_.t()).to(at::kFloat);
  }

  void set_bias(const at::Tensor& bias) override { bias_.data().copy_(bias); }

  void write_script(Script& script) const override {
    const std::string weight = script.parameter("output_weight", weight_);
    const std::string bias = script.parameter("output_bias", bias_);
    script.statement("h = torch.addmm(" + bias + ", h, " + weight + ".t())");
  }

 private:
  at::Tensor weight_;  // [L, d]
  at::Tensor bias_;    // [L]
};

class SparseOutput : public OutputLayer {
 public:
  SparseOutput(int64_t features, LabelRange labels) : OutputLayer(labels) {
    // A linear model has no symmetry to break: zeros let rare features stay silent.
    weight_ = register_parameter("weight", at::zeros({features, labels.size()}));
    bias_ = register_parameter("bias", at::zeros({labels.size()}));
  }

  at::Tensor scores(const at::Tensor& x) const override {
    return sparse_linear(x, weight_, bias_).to(at::kFloat);
  }

  void set_bias(const at::Tensor& bias) override { bias_.data().copy_(bias); }

  void write_script(Script& script) const override {
    const std::string weight = script.parameter("output_weight", weight_);
    const std::string bias = script.parameter("output_bias", bias_);
    script.statement("h = self.sparse_linear(h, " + weight + ", " + bias + ")");
  }

 private:
  at::Tensor weight_;  // [D, L]
  at::Tensor bias_;    // [L]
};

}  // namespace

at::Tensor OutputLayer::loss(const at::Tensor& x, const at::Tensor& target, const Loss& loss,
                             const LossOptions& options) {
  LossOptions in_place = options;
  in_place.in_place = true;  // nobody else sees these scores
  return sparse_loss(loss, scores(x), target, in_place);
}

Csr OutputLayer::predict(const at::Tensor& x, const DecodeOptions& options, const Csr* seen) const {
  const at::Tensor all = scores(x);
  if (seen != nullptr) exclude(all, *seen);
  return decode(all, options);
}

std::shared_ptr<OutputLayer> make_dense_output(int64_t width, LabelRange labels,
                                               const InitOptions& init) {
  return std::make_shared<DenseOutput>(width, labels, init);
}

std::shared_ptr<OutputLayer> make_sparse_output(int64_t features, LabelRange labels) {
  return std::make_shared<SparseOutput>(features, labels);
}

}  // namespace spout
