#include "spout/models/pretrained/weights.h"

#include <fmt/format.h>

namespace spout {
namespace {

/// The names of a layer's tensors, without ".weight" and ".bias".
struct LayerNames {
  const char* prefix;  // {} is the layer's number
  const char* query;
  const char* key;
  const char* value;
  const char* join;
  const char* norm_1;
  const char* widen;
  const char* narrow;
  const char* norm_2;
};

constexpr LayerNames kBert{
    "encoder.layer.{}.",    "attention.self.query",   "attention.self.key",
    "attention.self.value", "attention.output.dense", "attention.output.LayerNorm",
    "intermediate.dense",   "output.dense",           "output.LayerNorm"};
constexpr LayerNames kDistilbert{
    "transformer.layer.{}.", "attention.q_lin", "attention.k_lin", "attention.v_lin",
    "attention.out_lin",     "sa_layer_norm",   "ffn.lin1",        "ffn.lin2",
    "output_layer_norm"};
constexpr LayerNames kMpnet{"encoder.layer.{}.",  "attention.attn.q", "attention.attn.k",
                            "attention.attn.v",   "attention.attn.o", "attention.LayerNorm",
                            "intermediate.dense", "output.dense",     "output.LayerNorm"};

const LayerNames& names_of(PretrainedFamily family) {
  switch (family) {
    case PretrainedFamily::kDistilbert:
      return kDistilbert;
    case PretrainedFamily::kMpnet:
      return kMpnet;
    case PretrainedFamily::kBert:
    case PretrainedFamily::kRoberta:
      break;
  }
  return kBert;
}

class Collector {
 public:
  void add(std::string name, std::vector<std::string> parts, std::vector<int64_t> part_shape) {
    weights_.push_back({std::move(name), std::move(parts), std::move(part_shape), {}});
  }

  /// Adds a weight [out, in] and its bias; a norm's weight is [out] and has in = 0.
  void add_affine(const std::string& name, const std::vector<std::string>& parts, int64_t out,
                  int64_t in) {
    const auto with = [&](const char* ending) {
      std::vector<std::string> whole;
      whole.reserve(parts.size());
      for (const std::string& part : parts)
        whole.push_back(part + ending);
      return whole;
    };
    add(name + "_weight", with(".weight"),
        in == 0 ? std::vector<int64_t>{out} : std::vector<int64_t>{out, in});
    add(name + "_bias", with(".bias"), {out});
  }

  std::vector<WeightSource> take() { return std::move(weights_); }

 private:
  std::vector<WeightSource> weights_;
};

}  // namespace

const char* const kFirstWeight = "embeddings.word_embeddings.weight";

const std::vector<std::string>& weight_prefixes() {
  static const std::vector<std::string> kPrefixes{"bert.", "roberta.", "distilbert.", "mpnet."};
  return kPrefixes;
}

std::vector<int64_t> WeightSource::shape() const {
  std::vector<int64_t> whole = part_shape;
  if (!parts.empty()) whole[0] *= static_cast<int64_t>(parts.size());
  return whole;
}

std::vector<WeightSource> transformer_weights(const TransformerConfig& config) {
  const int64_t d = config.width;
  Collector all;
  all.add(WeightNames::kWord, {kFirstWeight}, {config.vocabulary, d});
  all.add(WeightNames::kPosition, {"embeddings.position_embeddings.weight"}, {config.positions, d});
  if (config.token_types > 0) {
    all.add(WeightNames::kTokenType, {"embeddings.token_type_embeddings.weight"},
            {config.token_types, d});
  }
  all.add_affine(WeightNames::kNorm, {"embeddings.LayerNorm"}, d, 0);
  if (config.distance_buckets > 0) {
    all.add(WeightNames::kDistance, {"encoder.relative_attention_bias.weight"},
            {config.distance_buckets, config.heads});
  }
  const LayerNames& names = names_of(config.family);
  for (int64_t i = 0; i < config.layers; ++i) {
    const std::string theirs = fmt::format(fmt::runtime(names.prefix), i);
    const std::string ours = fmt::format("layer_{}_", i);
    all.add_affine(ours + "attend",
                   {theirs + names.query, theirs + names.key, theirs + names.value}, d, d);
    all.add_affine(ours + "join", {theirs + names.join}, d, d);
    all.add_affine(ours + "norm_1", {theirs + names.norm_1}, d, 0);
    all.add_affine(ours + "widen", {theirs + names.widen}, config.feed_forward, d);
    all.add_affine(ours + "narrow", {theirs + names.narrow}, d, config.feed_forward);
    all.add_affine(ours + "norm_2", {theirs + names.norm_2}, d, 0);
  }
  return all.take();
}

}  // namespace spout
