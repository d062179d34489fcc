#include "spout/models/encoders/multvae.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/randn.h>

#include <algorithm>
#include <cmath>

#include "spout/models/base/model.h"
#include "spout/models/base/random_layer.h"
#include "spout/models/base/script.h"
#include "spout/models/encoders/hidden_layers.h"
#include "spout/models/encoders/mlp.h"
#include "spout/models/outputs/dense_output.h"
#include "spout/sparse/base/random.h"

namespace spout {
namespace {

std::vector<int64_t> mirrored(const std::vector<int64_t>& hidden) {
  return {hidden.rbegin(), hidden.rend()};
}

class VariationalEncoder : public Encoder {
 public:
  VariationalEncoder(int64_t features, const ModelOptions& options, uint64_t seed)
      : options_(options),
        encoder_(*this, features, options.hidden, options, seed, {"hidden_"}),
        decoder_(*this, options.multvae.latent, mirrored(options.hidden), options, seed,
                 {"decoder_", RandomLayer::kFirstBehindCode}) {
    const InitOptions init{seed, options.initialize};
    const int64_t width = encoder_.width();
    const double bound = 1.0 / std::sqrt(static_cast<double>(width));
    weight_ = register_parameter("code_weight", uniform_init({width, 2 * options.multvae.latent},
                                                             bound, init, RandomLayer::kCode));
    bias_ = register_parameter(
        "code_bias", uniform_init({2 * options.multvae.latent}, 0.0, init, RandomLayer::kCode));
  }

  at::Tensor encode(const at::Tensor& x, const StepRandom& random) override {
    return encode_with_penalty(x, random).hidden;
  }

  Encoded encode_with_penalty(const at::Tensor& x, const StepRandom& random) override {
    const at::Tensor h = encoder_.apply(input_dropout(x, options_.input_dropout, random), random);
    const at::Tensor code = at::addmm(bias_, h, weight_);
    const at::Tensor mean = code.narrow(1, 0, options_.multvae.latent);
    if (!random.training) return {decoder_.apply(mean, random), {}};
    const at::Tensor log_variance =
        code.narrow(1, options_.multvae.latent, options_.multvae.latent);
    const at::Generator generator = torch_generator(
        mean.device(), random.seed, RandomStream::kDropout, random.step, RandomLayer::kCodeNoise);
    const at::Tensor noise =
        at::randn(mean.sizes(), generator, mean.options().requires_grad(false));
    const at::Tensor drawn = mean + noise * (0.5 * log_variance).exp();
    const at::Tensor divergence =
        0.5 * (log_variance.exp() + mean * mean - 1 - log_variance).sum(1).mean();
    return {decoder_.apply(drawn, random), divergence * divergence_weight(random.step)};
  }

  int64_t width() const override { return decoder_.width(); }

  void write_script(Script& script) const override {
    script.statement("h = x");
    encoder_.write_script(script);
    const std::string latent = std::to_string(options_.multvae.latent);
    const std::string weight = script.parameter("code_weight", weight_);
    const std::string bias = script.parameter("code_bias", bias_);
    script.statement("h = torch.addmm(" + bias + ", h, " + weight + ").narrow(1, 0, " + latent +
                     ")");
    decoder_.write_script(script);
  }

 private:
  double divergence_weight(uint64_t step) const {
    if (options_.multvae.kl_steps == 0) return options_.multvae.kl_weight;
    const double share = static_cast<double>(step) / static_cast<double>(options_.multvae.kl_steps);
    return options_.multvae.kl_weight * std::min(share, 1.0);
  }

  ModelOptions options_;
  HiddenLayers encoder_;
  HiddenLayers decoder_;
  at::Tensor weight_;  // [width, 2 latent]: for means, then for logarithms of variances
  at::Tensor bias_;
};

}  // namespace

std::shared_ptr<Model> make_multvae(const ModelShape& shape, const ModelOptions& options,
                                    uint64_t seed) {
  auto encoder = std::make_shared<VariationalEncoder>(shape.features, options, seed);
  auto output = make_dense_output(encoder->width(), {0, shape.labels}, options.bf16_output,
                                  InitOptions{seed, options.initialize});
  return std::make_shared<Model>(std::move(encoder), std::move(output));
}

double multvae_num_weights(const ModelShape& shape, const ModelOptions& options) {
  const auto latent = static_cast<double>(options.multvae.latent);
  const auto labels = static_cast<double>(shape.labels);
  const auto front = static_cast<double>(options.hidden.back());
  const auto back = static_cast<double>(options.hidden.front());
  return count_layer_weights(static_cast<double>(shape.features), options.hidden) +
         (front + 1) * 2 * latent + count_layer_weights(latent, mirrored(options.hidden)) +
         (back + 1) * labels;
}

double multvae_num_output_weights(const ModelShape& shape, const ModelOptions& options) {
  return static_cast<double>(options.hidden.front()) * static_cast<double>(shape.labels);
}

}  // namespace spout
