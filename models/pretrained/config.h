// What config.json says of a pretrained transformer: its family, sizes and numerics. BERT,
// DistilBERT, RoBERTa, XLM-RoBERTa and MPNet are one network here; MiniLM is a BERT. They differ
// in the names of keys and tensors, in where positions begin, and in MPNet's bias of distances.
// Source: the configurations of Hugging Face's transformers.
#pragma once

#include <cstdint>
#include <string>

#include "spout/models/pretrained/hidden_activation.h"

namespace spout {

/// Models whose tensors have the same names.
enum class PretrainedFamily : uint8_t { kBert, kDistilbert, kRoberta, kMpnet };

struct TransformerConfig {
  std::string path;  // of config.json, for errors
  PretrainedFamily family = PretrainedFamily::kBert;
  int64_t vocabulary = 0;
  int64_t width = 0;
  int64_t layers = 0;
  int64_t heads = 0;
  int64_t feed_forward = 0;
  int64_t positions = 0;    // rows of the table of positions
  int64_t token_types = 0;  // 0: no such table
  // Rows of the table of distances' biases; 0: no such table.
  int64_t distance_buckets = 0;
  // The token that the checkpoint itself pads with. It has no position of its own in models where
  // positions begin behind it.
  int64_t padding = 0;
  // The position of the first token.
  int64_t first_position = 0;
  double norm_eps = 1e-12;
  HiddenActivation activation;
  double hidden_dropout = 0.0;
  double attention_dropout = 0.0;

  /// The most tokens that have a position.
  int64_t max_tokens() const { return positions - first_position; }
};

/// Reads config.json of a folder.
///   throws FileError on a file that is missing or malformed, on other architectures, and on
///   variants whose numerics are not here (decoders, relative positions)
TransformerConfig read_transformer_config(const std::string& folder);

}  // namespace spout
