// A stack of dense layers, each followed by an activation and dropout: the inside of encoders.
#pragma once

#include <torch/nn/module.h>

#include <string>
#include <vector>

#include "spout/models/base/activation.h"
#include "spout/models/base/layers.h"
#include "spout/models/base/model_options.h"

namespace spout {

class Script;

class HiddenLayers {
 public:
  /// Names and random numbers that distinguish these layers from others of the model.
  struct Identity {
    std::string prefix;        // of the parameters' names
    uint64_t first_layer = 0;  // numbers the first layer's random draws; the next ones count on
  };

  /// Registers the parameters with `owner`.
  ///   input   width of the incoming rows; for the first layers of a model D
  ///   widths  of the layers, all positive; empty: rows pass unchanged
  HiddenLayers(torch::nn::Module& owner, int64_t input, const std::vector<int64_t>& widths,
               const ModelOptions& options, uint64_t seed, const Identity& identity);

  /// Runs the layers.
  ///   h [n, input], sparse or dense for the first layers of a model    returns [n, width()]
  at::Tensor apply(at::Tensor h, const StepRandom& random) const;
  int64_t width() const { return width_; }

  /// Writes the TorchScript statements that run the layers on `h`.
  void write_script(Script& script) const;

 private:
  std::string name(const char* what, size_t layer) const;

  const Activation& activation_;
  double dropout_;
  Identity identity_;
  int64_t width_;
  std::vector<at::Tensor> weights_;  // each [in, out]
  std::vector<at::Tensor> biases_;   // each [out]
};

/// The number of weights and biases of such layers.
double count_layer_weights(double input, const std::vector<int64_t>& widths);

}  // namespace spout
