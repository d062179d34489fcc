#include "spout/models/fitted/blend.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/max.h>
#include <ATen/ops/zeros.h>

#include <c10/core/impl/LocalDispatchKeySet.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "spout/models/base/model.h"
#include "spout/models/base/script.h"
#include "spout/models/encoders/linear.h"
#include "spout/models/encoders/mf.h"
#include "spout/models/encoders/mlp.h"
#include "spout/models/fitted/item_knn.h"
#include "spout/models/fitted/svm.h"
#include "spout/models/outputs/csr_output.h"
#include "spout/models/outputs/predict_sum.h"

namespace spout {
namespace {

constexpr double kLeast = -1.0;      // the SVM's score of a label that it excludes, or nearly so
constexpr double kSmallest = 1e-30;  // that a row of scores is divided by

/// How the scores of the fitted part are brought to one scale with the network's.
enum class FittedScale : uint8_t {
  kClamped,    // at least kLeast
  kOfLargest,  // as shares of the largest of the row; of item-knn, whose bias orders the rest
};

/// Divides the values of each row by the largest of them.
Csr shares_of_largest(Csr matrix) {
  matrix.values = matrix.values.clone();
  auto* values = matrix.values.mutable_data_ptr<float>();
  for (int64_t row = 0; row < matrix.rows; ++row) {
    const size_t count = matrix.row_columns(row).size();
    if (count == 0) continue;
    const float largest = *std::max_element(values, values + count);
    std::for_each(values, values + count, [&](float& value) { value /= largest; });
    values += count;
  }
  return matrix;
}

class BlendOutput : public OutputLayer {
 public:
  BlendOutput(int64_t labels, const char* fitted_name, std::shared_ptr<Model> fitted,
              std::shared_ptr<Model> network, FittedScale scale)
      : OutputLayer({0, labels}), scale_(scale) {
    network_ = register_module("network", std::move(network));
    fitted_ = register_module(fitted_name, std::move(fitted));
    weight_ = register_buffer("network_factor", at::zeros({1}, at::kDouble));
    prior_ = register_buffer("prior", at::zeros({labels}));
  }

  Model& network() { return *network_; }
  Model& fitted() { return *fitted_; }
  double weight_of_network() const { return weight(); }
  void set_weight_of_network(double weight) { weight_.fill_(weight); }

  at::Tensor scores(const at::Tensor& x) const override {
    return fitted_scores(x) + network_->scores(x) * weight() + prior_;
  }

  at::Tensor loss(const at::Tensor& /*x*/, const at::Tensor& /*target*/, const Loss& /*loss*/,
                  const LossOptions& /*options*/, const OutputUpdate* /*update*/) override {
    TORCH_CHECK_NOT_IMPLEMENTED(false, "blend: its parts are trained apart");
  }

  Csr predict(const at::Tensor& x, const DecodeOptions& options, const Csr* seen,
              DecodeReport* report) const override {
    if (!x.is_cpu()) return decode(scores(x), options, seen, report);
    const Csr fitted = sparse_fitted_scores(x);
    const at::Tensor hidden = network_->encoder().encode(x, StepRandom{});
    const at::Tensor offset = options.above_thresholds(prior_ + absent_scores());
    const auto dense = [&](LabelRange some) {
      return network_->output().scores_of(hidden, some).mul_(weight()) +
             offset.narrow(0, some.begin, some.size());
    };
    return options.with_scores(predict_sum(dense, fitted, options, seen, report));
  }

  void check_tensors() const override {
    fitted_->output().check_tensors();
    network_->output().check_tensors();
    TORCH_CHECK_VALUE(std::isfinite(weight()) && weight() >= 0.0,
                      "blend: expected a weight of 0 or more, found ", weight());
  }

  void set_prior(const at::Tensor& prior) override { prior_.copy_(prior); }
  void set_bias(const at::Tensor& /*bias*/) override {}

  void write_script(Script& script) const override {
    script.statement("features = h");
    fitted_->output().write_script(script);
    if (scale_ == FittedScale::kClamped) {
      script.statement(fmt::format("fitted = torch.clamp(h, min={})", kLeast));
    } else {
      const std::string rest = script.parameter("blend_rest", absent_scores());
      script.statement(
          fmt::format("h = torch.where(h > {:.9g}, h, torch.zeros_like(h))", largest_absent()));
      script.statement(fmt::format("fitted = h / torch.amax(h, [1], True).clamp_min({:.17g}) + {}",
                                   kSmallest, rest));
    }
    script.statement("x = features");
    network_->encoder().write_script(script);
    network_->output().write_script(script);
    script.statement(fmt::format("h = fitted + h * {:.17g} + {}", weight(),
                                 script.parameter("blend_prior", prior_)));
  }

 private:
  /// The scores of the fitted part [n, L] on the scale of the blend.
  at::Tensor fitted_scores(const at::Tensor& x) const {
    const c10::impl::ExcludeDispatchKeyGuard in_f32(c10::autocast_dispatch_keyset);
    const at::Tensor scores = fitted_->scores(x);
    if (scale_ == FittedScale::kClamped) return scores.clamp_min(kLeast);
    const at::Tensor named = scores.masked_fill(scores <= largest_absent(), 0.0);
    return named / named.amax({1}, /*keepdim=*/true).clamp_min(kSmallest) + absent_scores();
  }

  /// Returns fitted_scores() less absent_scores(), and stores only the entries that are left.
  Csr sparse_fitted_scores(const at::Tensor& x) const {
    DecodeOptions all;
    all.top_k = 0;
    const bool is_clamped = scale_ == FittedScale::kClamped;
    constexpr float kUp = std::numeric_limits<float>::infinity();
    all.threshold = std::nextafter(largest_absent(), kUp);
    all.row_limit = std::max<int64_t>(labels().size(), 1);
    Csr scores = fitted_->predict_scores(x, all, nullptr);
    if (!is_clamped) return shares_of_largest(std::move(scores));
    scores.values = scores.values - kLeast;
    return scores;
  }

  /// The largest score that the fitted part gives to a label that it says nothing of.
  float largest_absent() const {
    if (scale_ == FittedScale::kClamped) return static_cast<float>(kLeast);
    return csr_output_bias(fitted_->output()).max().item<float>();
  }

  /// The scores [L] of such labels on the scale of the blend. Those of item-knn only order them.
  at::Tensor absent_scores() const {
    constexpr double kOrder = 1e-6;
    if (scale_ == FittedScale::kClamped) return at::full_like(prior_, kLeast);
    const double largest = std::max<double>(largest_absent(), kSmallest);
    return csr_output_bias(fitted_->output()) * (kOrder / largest);
  }

  double weight() const { return weight_.item<double>(); }

  FittedScale scale_;
  std::shared_ptr<Model> network_;
  std::shared_ptr<Model> fitted_;
  at::Tensor weight_;  // [1] f64, of the network's scores
  at::Tensor prior_;   // [L]
};

BlendOutput& output_of(Model& blend) {
  return dynamic_cast<BlendOutput&>(blend.output());
}

}  // namespace

std::shared_ptr<Model> make_blend(const ModelShape& shape, const ModelOptions& options,
                                  uint64_t seed) {
  return std::make_shared<Model>(
      make_feature_encoder(shape.features, /*dropout=*/0.0),
      std::make_shared<BlendOutput>(shape.labels, "svm", make_svm(shape, options, seed),
                                    make_mlp(shape, options, seed), FittedScale::kClamped));
}

std::shared_ptr<Model> make_item_blend(const ModelShape& shape, const ModelOptions& options,
                                       uint64_t seed) {
  return std::make_shared<Model>(
      make_feature_encoder(shape.features, /*dropout=*/0.0),
      std::make_shared<BlendOutput>(shape.labels, "item_knn", make_item_knn(shape, options, seed),
                                    make_mf(shape, options, seed), FittedScale::kOfLargest));
}

Model& network_of_blend(Model& blend) {
  return output_of(blend).network();
}

Model& fitted_of_blend(Model& blend) {
  return output_of(blend).fitted();
}

double blend_weight(Model& blend) {
  return output_of(blend).weight_of_network();
}

void set_blend_weight(Model& blend, double weight) {
  const at::NoGradGuard no_grad;
  output_of(blend).set_weight_of_network(weight);
}

}  // namespace spout
