// The modules of a folder of sentence-transformers, which modules.json lists, each with a folder of
// its own: a transformer and a pooling, or a table of static vectors, and the steps that follow.
// Without modules.json there is a transformer, and a row is the mean of its tokens.
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
  std::string transformer_folder;  // holds config.json, or the table, and the weights
  bool is_static = false;          // whether the first module is a table of static vectors
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
