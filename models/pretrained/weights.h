// Which tensors of a checkpoint become which weights of our transformer. All families have the
// same layers, so that a table of names for each is all that tells them apart.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "spout/models/pretrained/config.h"

namespace spout {

/// The name and the shape of a weight, and the tensors of the checkpoint that it stacks by rows.
struct WeightSource {
  std::string name;
  std::vector<std::string> parts;
  std::vector<int64_t> part_shape;
  std::string folder;  // of the checkpoint

  /// The shape of the whole weight. A static table has no parts: it is a file's only matrix.
  std::vector<int64_t> shape() const;
};

/// Names of our weights. The queries', keys' and values' weights are one, [3d, d].
struct WeightNames {
  static constexpr const char* kWord = "word_embedding";
  static constexpr const char* kPosition = "position_embedding";
  static constexpr const char* kTokenType = "token_type_embedding";
  static constexpr const char* kDistance = "distance_bias";
  static constexpr const char* kNorm = "embedding_norm";
};

/// All weights of a transformer: the embeddings, then for each layer i `layer_i_` with attend,
/// join, norm_1, widen, narrow, norm_2, each with `_weight` and `_bias`.
std::vector<WeightSource> transformer_weights(const TransformerConfig& config);

/// The tensor that every checkpoint of these families has, without its prefix, and the prefixes.
extern const char* const kFirstWeight;
const std::vector<std::string>& weight_prefixes();

}  // namespace spout
