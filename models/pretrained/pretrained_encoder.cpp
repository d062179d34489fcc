// Padding is masked out of the attention and of the pooling, so that no result depends on it; a
// batch without padding runs without a mask, which is faster. Embeddings have sparse gradients.
#include "spout/models/pretrained/pretrained_encoder.h"

#include <ATen/TensorOperators.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "spout/models/base/encoder.h"
#include "spout/models/base/random_layer.h"
#include "spout/models/base/script.h"
#include "spout/models/pretrained/distance_bias.h"
#include "spout/models/pretrained/pooling.h"
#include "spout/models/pretrained/pretrained_folder.h"
#include "spout/models/pretrained/static_encoder.h"
#include "spout/models/pretrained/transformer_layer.h"
#include "spout/models/pretrained/weights.h"

namespace spout {
namespace {

constexpr double kLowest = -std::numeric_limits<double>::infinity();
constexpr uint64_t kFirstDropout = RandomLayer::kModule + 1;

/// A batch of token numbers.
struct TokenBatch {
  at::Tensor ids;   // [n, T], padding replaced by the checkpoint's own
  at::Tensor mask;  // [n, T] bool, true for tokens
  bool padded = false;
};

class PretrainedEncoder : public Encoder {
 public:
  PretrainedEncoder(const PretrainedFolder& folder, const ModelShape& shape,
                    const ModelOptions& options)
      : frozen_(options.module.freeze),
        tokens_(shape.tokens),
        input_dropout_(options.input_dropout),
        folder_(folder),
        config_(folder_.transformer) {
    name_weights(register_weights(*this, folder_, options));
  }

  at::Tensor encode(const at::Tensor& x, const StepRandom& step) override {
    const at::AutoGradMode gradients(at::GradMode::is_enabled() && !frozen_);
    StepRandom random = step;
    random.training = step.training && !frozen_;
    const TokenBatch batch = read_batch(input_dropout(x, input_dropout_, random, tokens_));
    keep_low_weights(x.device().type());
    at::Tensor h = embed(batch);
    h = dropout(h, config_.hidden_dropout, random, kFirstDropout);
    const at::Tensor bias = attention_bias(batch);
    uint64_t dropout_layer = kFirstDropout + 1;
    for (const TransformerLayer& layer : layers_) {
      h = layer.forward(config_, h, bias, random, dropout_layer);
      dropout_layer += TransformerLayer::kDropouts;
    }
    h = pool_tokens(h, batch.mask, folder_.modules.pooling);
    for (const SentenceLayer& layer : sentence_layers_)
      h = apply_sentence_layer(h, layer);
    return h.to(at::kFloat);
  }

  int64_t width() const override { return folder_.width(); }

  void write_script(Script& script) const override;

 private:
  void name_weights(const std::map<std::string, at::Tensor>& weights) {
    const auto affine = [&](const std::string& name) { return find_affine(name, weights); };
    word_ = weights.at(WeightNames::kWord);
    position_ = weights.at(WeightNames::kPosition);
    if (config_.token_types > 0) token_type_ = weights.at(WeightNames::kTokenType);
    if (config_.distance_buckets > 0) distance_ = weights.at(WeightNames::kDistance);
    norm_ = affine(WeightNames::kNorm);
    for (int64_t i = 0; i < config_.layers; ++i) {
      const std::string layer = fmt::format("layer_{}_", i);
      layers_.push_back({affine(layer + "attend"), affine(layer + "join"), affine(layer + "norm_1"),
                         affine(layer + "widen"), affine(layer + "narrow"),
                         affine(layer + "norm_2")});
    }
    sentence_layers_ = sentence_layers(folder_, weights);
  }

  TokenBatch read_batch(const at::Tensor& given) const {
    TORCH_CHECK_VALUE(
        given.dim() == 2 && given.layout() == at::kStrided && given.scalar_type() == at::kLong,
        "pretrained encoder: expected token numbers [n, T], found ", given.scalar_type(), " ",
        given.sizes());
    at::Tensor x = given;
    const int64_t most = config_.max_tokens();
    if (x.size(1) == 0) x = at::full({x.size(0), 1}, tokens_.padding, x.options());
    if (x.size(1) > most) {
      TORCH_CHECK_VALUE(!x.slice(1, most).ne(tokens_.padding).any().item<bool>(),
                        "pretrained encoder: expected texts of at most ", most,
                        " tokens, found one of more in x ", x.sizes());
      x = x.slice(1, 0, most);
    }
    TokenBatch batch;
    batch.mask = x.ne(tokens_.padding);
    batch.padded = !batch.mask.all().item<bool>();
    batch.ids = batch.padded ? x.where(batch.mask, known_padding()) : x;
    return batch;
  }

  /// A token that is in the table.
  int64_t known_padding() const { return std::min(config_.padding, config_.vocabulary - 1); }

  at::Tensor embed(const TokenBatch& batch) const {
    const auto look_up = [](const at::Tensor& table, const at::Tensor& ids, int64_t padding) {
      return at::embedding(table, ids, padding, /*scale_grad_by_freq=*/false, /*sparse=*/true);
    };
    at::Tensor h = look_up(word_, batch.ids, known_padding());
    if (config_.first_position == 0) {
      h = h + position_.slice(0, 0, batch.ids.size(1));
    } else {
      // Only the checkpoint's padding, wherever it stands, has no position.
      const at::Tensor real = batch.ids.ne(config_.padding).to(at::kLong);
      h = h + look_up(position_, real.cumsum(1) * real + config_.padding, config_.padding);
    }
    if (token_type_.defined()) h = h + token_type_[0];
    return norm_.norm(h, config_.norm_eps);
  }

  /// What attention adds to its scores: -inf for padding, MPNet's biases of distances. A text
  /// without tokens attends to its padding, since a softmax over nothing would be NaN.
  ///   returns [n or 1, 1 or heads, 1 or T, T]; undefined if there is nothing to add
  at::Tensor attention_bias(const TokenBatch& batch) const {
    at::Tensor bias;
    if (batch.padded) {
      const at::Tensor hidden = batch.mask.logical_not().logical_and(batch.mask.any(1, true));
      bias = at::zeros(hidden.sizes(), word_.options().requires_grad(false))
                 .masked_fill(hidden, kLowest)
                 .unsqueeze(1)
                 .unsqueeze(1);
    }
    if (distance_.defined()) {
      const at::Tensor distances = distance_biases(distance_, batch.ids.size(1)).unsqueeze(0);
      bias = bias.defined() ? bias + distances : distances;
    }
    return bias.defined() ? bias.to(product_type(batch.ids.device().type())) : bias;
  }

  static at::ScalarType product_type(c10::DeviceType device) {
    return at::autocast::is_autocast_enabled(device) ? at::autocast::get_autocast_dtype(device)
                                                     : at::kFloat;
  }

  void keep_low_weights(c10::DeviceType device) {
    const at::ScalarType type = product_type(device);
    if (!frozen_) return;
    for (TransformerLayer& layer : layers_)
      layer.keep_low(type);
  }

  bool frozen_;
  TokenNumbers tokens_;
  double input_dropout_;
  PretrainedFolder folder_;
  TransformerConfig config_;
  at::Tensor word_;        // [vocabulary, d]
  at::Tensor position_;    // [positions, d]
  at::Tensor token_type_;  // [types, d]; may be undefined
  at::Tensor distance_;    // [buckets, heads]; may be undefined
  Affine norm_;
  std::vector<TransformerLayer> layers_;
  std::vector<SentenceLayer> sentence_layers_;
};

void PretrainedEncoder::write_script(Script& script) const {
  script.statement(fmt::format("x = x[:, :{}]", config_.max_tokens()));
  script.statement(fmt::format("real = torch.ne(x, {})", tokens_.padding));
  script.statement(
      fmt::format("x = torch.where(real, x, torch.full_like(x, {}))", known_padding()));
  script.statement(
      fmt::format("h = torch.embedding({}, x)", script.parameter(WeightNames::kWord, word_)));
  const std::string positions = script.parameter(WeightNames::kPosition, position_);
  if (config_.first_position == 0) {
    script.statement(fmt::format("h = h + {}[:x.size(1)]", positions));
  } else {
    script.statement(fmt::format("place = torch.ne(x, {}).long()", config_.padding));
    script.statement(fmt::format("h = h + torch.embedding({}, place.cumsum(1) * place + {})",
                                 positions, config_.padding));
  }
  if (token_type_.defined()) {
    script.statement(
        fmt::format("h = h + {}[0]", script.parameter(WeightNames::kTokenType, token_type_)));
  }
  script.statement("h = " + norm_.norm_call(script, "h", config_.norm_eps));
  script.statement("hidden = torch.logical_and(torch.logical_not(real), real.any(1, True))");
  script.statement(
      "bias = torch.zeros_like(hidden, dtype=h.dtype).masked_fill(hidden, float('-inf'))");
  script.statement("bias = bias.unsqueeze(1).unsqueeze(1)");
  if (distance_.defined()) write_distance_biases(script, distance_, config_.max_tokens());
  for (const TransformerLayer& layer : layers_)
    layer.write_script(script, config_);
  write_pooling(script, folder_.modules.pooling);
  for (const SentenceLayer& layer : sentence_layers_)
    write_sentence_layer(script, layer);
}

}  // namespace

std::shared_ptr<Encoder> make_pretrained_encoder(const ModelShape& shape,
                                                 const ModelOptions& options) {
  TORCH_CHECK_VALUE(shape.kind == FeatureKind::kTokens,
                    "pretrained encoder: expected texts as token numbers, found other features");
  const PretrainedFolder folder = read_pretrained_folder(options.module.file);
  if (folder.modules.is_static) return make_static_encoder(folder, shape, options);
  return std::make_shared<PretrainedEncoder>(folder, shape, options);
}

int64_t pretrained_max_length(const std::string& folder) {
  return read_pretrained_folder(folder).max_length();
}

int64_t pretrained_width(const std::string& folder) {
  return read_pretrained_folder(folder).width();
}

double num_pretrained_weights(const std::string& folder) {
  double count = 0.0;
  for (const WeightSource& weight : pretrained_weights(read_pretrained_folder(folder))) {
    double product = 1.0;
    for (const int64_t size : weight.shape())
      product *= static_cast<double>(size);
    count += product;
  }
  return count;
}

double pretrained_row_values(const std::string& folder, double tokens) {
  const TransformerConfig config = read_pretrained_folder(folder).transformer;
  const auto width = static_cast<double>(config.width);
  // Each layer keeps its products and norms for autograd, and its attention keeps the scores, their
  // softmax and its dropout. The embeddings keep their sums, their norm and dropout.
  const double layer = 12 * width + 3 * static_cast<double>(config.feed_forward) +
                       4 * static_cast<double>(config.heads) * tokens;
  return tokens * (4 * width + static_cast<double>(config.layers) * layer);
}

}  // namespace spout
