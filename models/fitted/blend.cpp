#include "spout/models/fitted/blend.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <c10/core/impl/LocalDispatchKeySet.h>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "spout/models/base/model.h"
#include "spout/models/base/script.h"
#include "spout/models/encoders/linear.h"
#include "spout/models/encoders/mlp.h"
#include "spout/models/fitted/svm.h"
#include "spout/models/outputs/predict_sum.h"

namespace spout {
namespace {

constexpr double kLeast = -1.0;  // the SVM's score of a label that it excludes, or nearly so

class BlendOutput : public OutputLayer {
 public:
  BlendOutput(const ModelShape& shape, const ModelOptions& options, uint64_t seed)
      : OutputLayer({0, shape.labels}) {
    network_ = register_module("network", make_mlp(shape, options, seed));
    svm_ = register_module("svm", make_svm(shape, options, seed));
    weight_ = register_buffer("network_factor", at::zeros({1}, at::kDouble));
    prior_ = register_buffer("prior", at::zeros({shape.labels}));
  }

  Model& network() { return *network_; }
  Model& svm() { return *svm_; }
  double weight_of_network() const { return weight(); }
  void set_weight_of_network(double weight) { weight_.fill_(weight); }

  at::Tensor scores(const at::Tensor& x) const override {
    return linear_scores(x).clamp_min_(kLeast) + network_->scores(x) * weight() + prior_;
  }

  at::Tensor loss(const at::Tensor& /*x*/, const at::Tensor& /*target*/, const Loss& /*loss*/,
                  const LossOptions& /*options*/, const OutputUpdate* /*update*/) override {
    TORCH_CHECK_NOT_IMPLEMENTED(false, "blend: its parts are trained apart");
  }

  Csr predict(const at::Tensor& x, const DecodeOptions& options, const Csr* seen,
              DecodeReport* report) const override {
    if (!x.is_cpu()) return decode(scores(x), options, seen, report);
    DecodeOptions all;
    all.top_k = 0;
    all.threshold = static_cast<float>(kLeast);
    all.row_limit = std::max<int64_t>(labels().size(), 1);
    Csr linear = svm_->predict_scores(x, all, nullptr);
    linear.values = linear.values - kLeast;
    const at::Tensor hidden = network_->encoder().encode(x, StepRandom{});
    const at::Tensor offset = options.above_thresholds(prior_ + kLeast);
    const auto dense = [&](LabelRange some) {
      return network_->output().scores_of(hidden, some).mul_(weight()) +
             offset.narrow(0, some.begin, some.size());
    };
    return options.with_scores(predict_sum(dense, linear, options, seen, report));
  }

  void check_tensors() const override {
    svm_->output().check_tensors();
    network_->output().check_tensors();
    TORCH_CHECK_VALUE(std::isfinite(weight()) && weight() >= 0.0,
                      "blend: expected a weight of 0 or more, found ", weight());
  }

  void set_prior(const at::Tensor& prior) override { prior_.copy_(prior); }
  void set_bias(const at::Tensor& /*bias*/) override {}

  void write_script(Script& script) const override {
    script.statement("features = h");
    svm_->output().write_script(script);
    script.statement(fmt::format("linear = torch.clamp(h, min={})", kLeast));
    script.statement("x = features");
    network_->encoder().write_script(script);
    network_->output().write_script(script);
    script.statement(fmt::format("h = linear + h * {:.17g} + {}", weight(),
                                 script.parameter("blend_prior", prior_)));
  }

 private:
  at::Tensor linear_scores(const at::Tensor& x) const {
    const c10::impl::ExcludeDispatchKeyGuard in_f32(c10::autocast_dispatch_keyset);
    return svm_->scores(x);
  }

  double weight() const { return weight_.item<double>(); }

  std::shared_ptr<Model> network_;
  std::shared_ptr<Model> svm_;
  at::Tensor weight_;  // [1] f64, of the network's scores
  at::Tensor prior_;   // [L]
};

BlendOutput& output_of(Model& blend) {
  return dynamic_cast<BlendOutput&>(blend.output());
}

}  // namespace

std::shared_ptr<Model> make_blend(const ModelShape& shape, const ModelOptions& options,
                                  uint64_t seed) {
  return std::make_shared<Model>(make_feature_encoder(shape.features, /*dropout=*/0.0),
                                 std::make_shared<BlendOutput>(shape, options, seed));
}

double blend_num_weights(const ModelShape& shape, const ModelOptions& options) {
  return mlp_num_weights(shape, options);
}

double blend_num_output_weights(const ModelShape& shape, const ModelOptions& options) {
  return mlp_num_output_weights(shape, options);
}

Model& network_of_blend(Model& blend) {
  return output_of(blend).network();
}

Model& svm_of_blend(Model& blend) {
  return output_of(blend).svm();
}

double blend_weight(Model& blend) {
  return output_of(blend).weight_of_network();
}

void set_blend_weight(Model& blend, double weight) {
  const at::NoGradGuard no_grad;
  output_of(blend).set_weight_of_network(weight);
}

}  // namespace spout
