// What follows the transformer in a folder of sentence-transformers: modules.json lists the
// modules, each with a folder of its own. Without modules.json, a row is the mean of its tokens.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace spout {

/// One way of making a row of a text's tokens. Several are joined, one after the other.
enum class PoolingMode : uint8_t { kCls, kMax, kMean, kMeanSqrt };

/// A step after pooling.
struct SentenceStep {
  enum class Kind : uint8_t { kNormalize, kDense };
  Kind kind = Kind::kNormalize;
  // What a kDense step has: [out, in] weights in the folder, perhaps a bias, perhaps tanh.
  std::string folder;
  int64_t in = 0;
  int64_t out = 0;
  bool bias = true;
  bool tanh = false;
};

struct SentenceModules {
  std::string transformer_folder;  // holds config.json and the weights
  std::vector<PoolingMode> pooling{PoolingMode::kMean};
  std::vector<SentenceStep> steps;
  // The most tokens that sentence_bert_config.json allows; 0: it does not say.
  int64_t max_tokens = 0;
  // The files that all this was read from.
  std::vector<std::string> files;
};

/// Reads modules.json and the files that it names.
///   throws FileError on files that are missing or malformed, and on other modules, by name
SentenceModules read_sentence_modules(const std::string& folder);

}  // namespace spout
