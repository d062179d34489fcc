#include "spout/models/pretrained/config.h"

#include <fmt/format.h>

#include <array>

#include "spout/sparse/files/io/json_part.h"

namespace spout {
namespace {

constexpr int64_t kMaxSize = (int64_t{1} << 31) - 1;
constexpr int64_t kMaxLayers = 1000;
// transformers computes MPNet's buckets of distances for this number, whatever the table holds.
constexpr int64_t kDistanceBuckets = 32;

/// The keys of config.json that families call differently, and their defaults.
struct FamilyInfo {
  const char* name;
  PretrainedFamily family;
  const char* width = "hidden_size";
  const char* layers = "num_hidden_layers";
  const char* heads = "num_attention_heads";
  const char* feed_forward = "intermediate_size";
  const char* activation = "hidden_act";
  const char* hidden_dropout = "hidden_dropout_prob";
  const char* attention_dropout = "attention_probs_dropout_prob";
  int64_t padding = 0;
  int64_t token_types = 2;
};

constexpr FamilyInfo kBert{.name = "bert", .family = PretrainedFamily::kBert};
constexpr FamilyInfo kDistilbert{.name = "distilbert",
                                 .family = PretrainedFamily::kDistilbert,
                                 .width = "dim",
                                 .layers = "n_layers",
                                 .heads = "n_heads",
                                 .feed_forward = "hidden_dim",
                                 .activation = "activation",
                                 .hidden_dropout = "dropout",
                                 .attention_dropout = "attention_dropout",
                                 .token_types = 0};
constexpr FamilyInfo kRoberta{
    .name = "roberta", .family = PretrainedFamily::kRoberta, .padding = 1};
constexpr FamilyInfo kXlmRoberta{
    .name = "xlm-roberta", .family = PretrainedFamily::kRoberta, .padding = 1};
constexpr FamilyInfo kMpnet{
    .name = "mpnet", .family = PretrainedFamily::kMpnet, .padding = 1, .token_types = 0};

constexpr std::array<FamilyInfo, 5> kFamilies{kBert, kDistilbert, kRoberta, kXlmRoberta, kMpnet};

const FamilyInfo& find_family(const JsonPart& file) {
  std::string known;
  const std::string name = file.text("model_type", "");
  for (const FamilyInfo& info : kFamilies) {
    if (name == info.name) return info;
    known += (known.empty() ? "" : ", ") + std::string(info.name);
  }
  file.refuse("a model of " + known, name);
}

void refuse_variants(const JsonPart& file) {
  const std::string positions = file.text("position_embedding_type", "absolute");
  if (positions != "absolute") file.refuse("absolute positions", positions);
  for (const char* key : {"is_decoder", "add_cross_attention"}) {
    if (file.flag(key, false)) file.refuse(fmt::format("\"{}\" to be false", key), true);
  }
  for (const char* key : {"auto_map", "quantization_config"}) {
    if (file.has(key)) file.refuse("a model of plain weights without code of its own", key);
  }
}

/// A size by its key, or else by BERT's key for the same, which DistilBERT's files may have too.
int64_t size_of(const JsonPart& file, const char* key, const char* also, int64_t most) {
  return file.integer(file.has(key) ? key : file.has(also) ? also : key, {1, most});
}

void read_sizes(const JsonPart& file, const FamilyInfo& info, TransformerConfig& config) {
  config.vocabulary = file.integer("vocab_size", {1, kMaxSize});
  config.width = size_of(file, info.width, kBert.width, kMaxSize);
  config.layers = size_of(file, info.layers, kBert.layers, kMaxLayers);
  config.heads = size_of(file, info.heads, kBert.heads, kMaxSize);
  config.feed_forward = file.integer(info.feed_forward, {1, kMaxSize});
  if (config.width % config.heads != 0) {
    file.refuse(fmt::format("a width that is a multiple of the {} heads", config.heads),
                config.width);
  }
  config.padding = file.integer("pad_token_id", {0, kMaxSize}, info.padding);
  if (info.family == PretrainedFamily::kRoberta) config.first_position = config.padding + 1;
  if (info.family == PretrainedFamily::kMpnet) {
    config.padding = info.padding;  // of positions; transformers does not read it either
    config.first_position = config.padding + 1;
    config.distance_buckets = file.integer("relative_attention_num_buckets",
                                           {kDistanceBuckets, kMaxSize}, kDistanceBuckets);
  }
  config.positions =
      file.integer("max_position_embeddings", {config.first_position + 1, kMaxSize}, int64_t{512});
  if (info.token_types > 0) {
    config.token_types = file.integer("type_vocab_size", {1, kMaxSize}, info.token_types);
  }
}

}  // namespace

TransformerConfig read_transformer_config(const std::string& folder) {
  const JsonFile json(folder + "/config.json");
  const JsonPart file = json.part("the configuration");
  const FamilyInfo& info = find_family(file);
  refuse_variants(file);
  TransformerConfig config;
  config.path = file.path();
  config.family = info.family;
  read_sizes(file, info, config);
  if (info.family != PretrainedFamily::kDistilbert) {
    config.norm_eps = file.number("layer_norm_eps", {0.0, 1.0}, config.norm_eps);
  }
  const std::string activation = file.text(info.activation, "gelu");
  const HiddenActivation* found = find_hidden_activation(activation);
  if (found == nullptr) {
    std::string known;
    for (const HiddenActivation& entry : hidden_activations())
      known += (known.empty() ? "" : ", ") + std::string(entry.name);
    file.refuse("an activation of " + known, activation);
  }
  config.activation = *found;
  constexpr Bounds<double> kShare{0.0, 0.99};
  config.hidden_dropout = file.number(info.hidden_dropout, kShare, 0.1);
  config.attention_dropout = file.number(info.attention_dropout, kShare, 0.1);
  return config;
}

}  // namespace spout
