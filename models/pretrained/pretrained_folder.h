// A folder with a pretrained model as a whole: what its files say, its weights, its checksum.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "spout/models/base/model_options.h"
#include "spout/models/pretrained/checkpoint.h"
#include "spout/models/pretrained/config.h"
#include "spout/models/pretrained/sentence_modules.h"
#include "spout/models/pretrained/weights.h"

namespace spout {

class Encoder;

struct PretrainedFolder {
  std::string path;
  TransformerConfig transformer;  // of a static table the vocabulary and the width alone
  SentenceModules modules;
  // The most tokens that tokenizer_config.json allows; 0: it does not say.
  int64_t tokenizer_max = 0;

  /// The width of a text's row.
  int64_t width() const;
  /// The most tokens of a text; 0: any number.
  int64_t max_length() const;
  /// The folder or file of the tokenizer that belongs to the model.
  std::string tokenizer() const;
};

/// Reads all files of a folder but the weights and the tokenizer.
///   throws FileError on what is missing, malformed, unknown or does not fit together
PretrainedFolder read_pretrained_folder(const std::string& path);

/// The paths of all files that the model is read from, the weights last.
///   throws FileError as Checkpoint does
std::vector<std::string> pretrained_files(const PretrainedFolder& folder);

/// A CRC-32 of the configuration and the weights, by which a changed folder is noticed.
uint32_t pretrained_fingerprint(const std::string& folder);

/// The name of the weights of the step `step` after pooling.
std::string dense_name(size_t step);

/// All weights of the model: the transformer's, then those of the steps after pooling, which
/// hold the tensors of their own folders.
std::vector<WeightSource> pretrained_weights(const PretrainedFolder& folder);

/// Reads the weights, one at a time.
class PretrainedWeights {
 public:
  ///   read  false: weights stay unset, and no file is opened
  PretrainedWeights(const PretrainedFolder& folder, bool read);

  /// Reads a weight of pretrained_weights(), f32 and on the CPU. Errors as Checkpoint::read().
  at::Tensor read(const WeightSource& weight);

 private:
  bool read_;
  std::string table_file_;                                          // of a static table
  std::map<std::string, std::unique_ptr<Checkpoint>> checkpoints_;  // by folder
};

/// Registers all weights with an encoder: read, or unset if options.initialize is false; trained
/// unless options.module.freeze. Errors as PretrainedWeights::read().
///   returns the weights by their names
std::map<std::string, at::Tensor> register_weights(Encoder& encoder, const PretrainedFolder& folder,
                                                   const ModelOptions& options);

}  // namespace spout
