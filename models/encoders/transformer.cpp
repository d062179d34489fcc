// The layers are pre-norm: normalise, attend or feed forward, add. Positions are sines and cosines,
// so that no document is too long. The hidden row is the mean over a document's tokens, padding
// left out. Sources: Vaswani et al. (NeurIPS 2017); Xiong et al. (ICML 2020) for the norm in front.
#include "spout/models/encoders/transformer.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include <fmt/format.h>

#include "spout/models/base/activation.h"
#include "spout/models/base/model.h"
#include "spout/models/base/random_layer.h"
#include "spout/models/base/script.h"
#include "spout/models/encoders/token_embedding.h"
#include "spout/models/outputs/dense_output.h"

namespace spout {
namespace {

constexpr int64_t kFeedForward = 4;       // a feed-forward layer is so many times wider
constexpr double kLongestWave = 10000.0;  // of the sines of positions
constexpr double kEps = 1e-5;             // of layer norms
constexpr uint64_t kTable = RandomLayer::kFirst;
constexpr uint64_t kPerLayer = 4;

/// The positions 0 ... tokens - 1 as sines and cosines.
///   returns [tokens, width]
at::Tensor position_codes(int64_t tokens, int64_t width, const at::TensorOptions& options) {
  const at::Tensor wave = at::arange(width / 2, options)
                              .mul(-2.0 * std::log(kLongestWave) / static_cast<double>(width))
                              .exp();
  const at::Tensor angle = at::arange(tokens, options).unsqueeze(1) * wave;
  return at::cat({angle.sin(), angle.cos()}, 1);
}

class TransformerEncoder : public Encoder {
 public:
  TransformerEncoder(const ModelShape& shape, const ModelOptions& options, uint64_t seed)
      : tokens_(shape.tokens), options_(options), activation_(find_activation(options.activation)) {
    const InitOptions init{seed, options.initialize};
    const int64_t d = options.token_width;
    table_ = register_parameter(
        "embedding",
        uniform_init({shape.features, d}, std::sqrt(3.0 / static_cast<double>(d)), init, kTable));
    for (int64_t i = 0; i < options.transformer.layers; ++i) {
      const auto name = [i](const char* what) { return fmt::format("layer_{}_{}", i, what); };
      const uint64_t first = 1 + static_cast<uint64_t>(i) * kPerLayer;
      Layer layer;
      layer.norm_1 = make_norm(name("norm_1"));
      layer.attend = make_linear(name("attend"), 3 * d, d, init, first);
      layer.join = make_linear(name("join"), d, d, init, first + 1);
      layer.norm_2 = make_norm(name("norm_2"));
      layer.widen = make_linear(name("widen"), kFeedForward * d, d, init, first + 2);
      layer.narrow = make_linear(name("narrow"), d, kFeedForward * d, init, first + 3);
      layers_.push_back(layer);
    }
    norm_ = make_norm("norm");
  }

  at::Tensor encode(const at::Tensor& x, const StepRandom& random) override {
    const at::Tensor mask = token_mask(x, tokens_.padding);
    const at::Tensor seen = input_dropout(x, options_.input_dropout, random, tokens_);
    const int64_t d = options_.token_width;
    at::Tensor h =
        embed_tokens(seen, mask, table_, tokens_.padding) * std::sqrt(static_cast<double>(d)) +
        position_codes(x.size(1), d, table_.options().requires_grad(false));
    h = dropout(h, options_.dropout, random, kTable);
    // A document without tokens attends to its padding: a softmax over no keys would be NaN.
    const at::Tensor keys =
        mask.logical_or(mask.any(1, true).logical_not()).unsqueeze(1).unsqueeze(1);
    uint64_t dropout_layer = kTable;
    for (const Layer& layer : layers_) {
      h = h + dropout(attend(layer, h, keys), options_.dropout, random, ++dropout_layer);
      const at::Tensor wide = activation_.apply(apply(layer.widen, apply_norm(layer.norm_2, h)));
      h = h + dropout(apply(layer.narrow, wide), options_.dropout, random, ++dropout_layer);
    }
    const at::Tensor count = mask.sum(1, true).clamp_min(1);
    return (apply_norm(norm_, h) * mask.unsqueeze(2)).sum(1) / count;
  }

  int64_t width() const override { return options_.token_width; }

  at::Tensor token_table() const override { return table_; }

  void write_script(Script& script) const override {
    const int64_t d = options_.token_width;
    write_token_embedding(script, table_, tokens_.padding);
    script.statement(
        fmt::format("wave = torch.arange({}, dtype=h.dtype, device=h.device).mul({:.17g}).exp()",
                    d / 2, -2.0 * std::log(kLongestWave) / static_cast<double>(d)));
    script.statement(
        "angle = torch.arange(x.size(1), dtype=h.dtype, device=h.device).unsqueeze(1) * wave");
    script.statement(fmt::format("h = h * {:.17g} + torch.cat([angle.sin(), angle.cos()], 1)",
                                 std::sqrt(static_cast<double>(d))));
    script.statement("keys = torch.logical_or(real, torch.logical_not(real.any(1, True)))");
    script.statement("keys = keys.unsqueeze(1).unsqueeze(1)");
    for (const Layer& layer : layers_)
      write_layer(script, layer);
    script.statement("h = " + norm_call(script, norm_, "h"));
    script.statement("h = (h * real.unsqueeze(2)).sum([1]) / real.sum([1], True).clamp_min(1)");
  }

 private:
  struct Affine {
    std::string name;
    at::Tensor weight;  // [out, in]; of a norm [d]
    at::Tensor bias;
  };
  struct Layer {
    Affine norm_1, attend, join, norm_2, widen, narrow;
  };

  Affine make_linear(const std::string& name, int64_t out, int64_t in, const InitOptions& init,
                     uint64_t layer) {
    const double bound = std::sqrt(6.0 / static_cast<double>(in + out));  // Glorot, Bengio 2010
    return {name, register_parameter(name + "_weight", uniform_init({out, in}, bound, init, layer)),
            register_parameter(name + "_bias", at::zeros({out}))};
  }
  Affine make_norm(const std::string& name) {
    return {name, register_parameter(name + "_weight", at::ones({options_.token_width})),
            register_parameter(name + "_bias", at::zeros({options_.token_width}))};
  }

  static at::Tensor apply(const Affine& linear, const at::Tensor& h) {
    return at::linear(h, linear.weight, linear.bias);
  }
  at::Tensor apply_norm(const Affine& norm, const at::Tensor& h) const {
    return at::layer_norm(h, {options_.token_width}, norm.weight, norm.bias, kEps);
  }

  /// Self-attention over the tokens that `keys` allows.
  ///   h [n, T, d]    keys [n, 1, 1, T] bool    returns [n, T, d]
  at::Tensor attend(const Layer& layer, const at::Tensor& h, const at::Tensor& keys) const {
    const int64_t n = h.size(0);
    const int64_t tokens = h.size(1);
    const at::Tensor all = apply(layer.attend, apply_norm(layer.norm_1, h))
                               .view({n, tokens, 3, options_.transformer.heads, -1})
                               .permute({2, 0, 3, 1, 4});
    const at::Tensor mixed = at::scaled_dot_product_attention(all[0], all[1], all[2], keys);
    return apply(layer.join, mixed.transpose(1, 2).reshape({n, tokens, options_.token_width}));
  }

  static std::string linear_call(Script& script, const Affine& linear, const std::string& h) {
    return "torch.linear(" + h + ", " + script.parameter(linear.name + "_weight", linear.weight) +
           ", " + script.parameter(linear.name + "_bias", linear.bias) + ")";
  }
  std::string norm_call(Script& script, const Affine& norm, const std::string& h) const {
    return fmt::format("torch.layer_norm({}, [{}], {}, {}, {:.17g})", h, options_.token_width,
                       script.parameter(norm.name + "_weight", norm.weight),
                       script.parameter(norm.name + "_bias", norm.bias), kEps);
  }
  void write_layer(Script& script, const Layer& layer) const {
    script.statement("a = " +
                     linear_call(script, layer.attend, norm_call(script, layer.norm_1, "h")));
    script.statement(
        fmt::format("a = a.view([x.size(0), x.size(1), 3, {}, -1]).permute([2, 0, 3, 1, 4])",
                    options_.transformer.heads));
    script.statement("a = torch.scaled_dot_product_attention(a[0], a[1], a[2], keys)");
    script.statement(fmt::format("a = a.transpose(1, 2).reshape([x.size(0), x.size(1), {}])",
                                 options_.token_width));
    script.statement("h = h + " + linear_call(script, layer.join, "a"));
    const std::string wide = linear_call(script, layer.widen, norm_call(script, layer.norm_2, "h"));
    script.statement("a = " + std::string(activation_.script) + "(" + wide + ")");
    script.statement("h = h + " + linear_call(script, layer.narrow, "a"));
  }

  TokenNumbers tokens_;
  ModelOptions options_;
  const Activation& activation_;
  at::Tensor table_;  // [D, d]
  std::vector<Layer> layers_;
  Affine norm_;
};

void check_sizes(const ModelOptions& options) {
  TORCH_CHECK_VALUE(options.transformer.layers > 0, "transformer: needs a layer, found ",
                    options.transformer.layers);
  TORCH_CHECK_VALUE(options.transformer.heads > 0 && options.token_width > 0 &&
                        options.token_width % 2 == 0 &&
                        options.token_width % options.transformer.heads == 0,
                    "transformer: the width must be even and a multiple of the heads, found ",
                    options.token_width, " and ", options.transformer.heads);
}

}  // namespace

std::shared_ptr<Model> make_transformer(const ModelShape& shape, const ModelOptions& options,
                                        uint64_t seed) {
  check_sizes(options);
  auto encoder = std::make_shared<TransformerEncoder>(shape, options, seed);
  auto output = make_dense_output(encoder->width(), {0, shape.labels}, options.bf16_output,
                                  InitOptions{seed, options.initialize});
  return std::make_shared<Model>(std::move(encoder), std::move(output));
}

double transformer_num_weights(const ModelShape& shape, const ModelOptions& options) {
  check_sizes(options);
  const auto d = static_cast<double>(options.token_width);
  // Weights: queries, keys, values and their join; the feed-forward, wider and back. Then biases
  // and norms.
  const double layer = (4 + 2 * kFeedForward) * d * d + (4 + kFeedForward + 1 + 4) * d;
  return static_cast<double>(shape.features) * d +
         static_cast<double>(options.transformer.layers) * layer + 2 * d +
         transformer_num_output_weights(shape, options) + static_cast<double>(shape.labels);
}

double transformer_num_output_weights(const ModelShape& shape, const ModelOptions& options) {
  return static_cast<double>(options.token_width) * static_cast<double>(shape.labels);
}

double transformer_row_values(const ModelOptions& options, double tokens) {
  // Each layer keeps some ten rows of the model's width, and two of the feed-forward's.
  constexpr double kKept = 10 + 2 * kFeedForward;
  return tokens * static_cast<double>(options.token_width) *
         (4 + kKept * static_cast<double>(options.transformer.layers));
}

}  // namespace spout
