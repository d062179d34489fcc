// The tensors of a checkpoint: model.safetensors, or the shards that model.safetensors.index.json
// lists. Names may have the prefix that a model with a head gives to its encoder, and layer norms
// may have their names of TensorFlow (gamma, beta).
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <vector>

#include "spout/sparse/files/torch/safetensors.h"

namespace spout {

class Checkpoint {
 public:
  /// Opens the weights of a folder and reads their headers.
  ///   throws FileError where they are missing or damaged, or in another format
  explicit Checkpoint(const std::string& folder);

  /// Finds the prefix by which the tensor `name` exists, among none and `prefixes`; later names
  /// get it as well. Without such a tensor there is no prefix.
  void choose_prefix(const std::string& name, const std::vector<std::string>& prefixes);

  /// Reads a tensor as f32.
  ///   throws FileError if it is missing, of another shape or not of floating-point numbers
  at::Tensor read(const std::string& name, const std::vector<int64_t>& shape) const;

 private:
  struct Place {
    const Safetensors* file = nullptr;
    std::string name;  // in the file
  };

  Place find(const std::string& name) const;

  std::string path_;  // the single file or the index, for errors
  std::string prefix_;
  std::map<std::string, Safetensors> files_;  // by file name
};

/// The files that a Checkpoint of that folder reads. Errors as its constructor.
std::vector<std::string> checkpoint_files(const std::string& folder);

}  // namespace spout
