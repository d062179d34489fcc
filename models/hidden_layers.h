// Dense layers one after the other, each with an activation and dropout: the inside of encoders.
#pragma once

#include <torch/nn/module.h>

#include <string>
#include <vector>

#include "models/activation.h"
#include "models/layers.h"
#include "models/model_options.h"

namespace spout {

class Script;

class HiddenLayers {
 public:
  struct Place {
    std::string prefix;        // of the parameters' names
    uint64_t first_layer = 0;  // tells apart the random numbers of the layers of a model
  };

  /// Registers the parameters with `owner`.
  ///   input   width of the rows that come in; of the first layers of a model D
  ///   widths  of the layers, all positive; none: rows go through as they are
  HiddenLayers(torch::nn::Module& owner, int64_t input, const std::vector<int64_t>& widths,
               const ModelOptions& options, uint64_t seed, const Place& place);

  /// h [n, input]; sparse or dense for the layers at the front   returns [n, width()]
  at::Tensor apply(at::Tensor h, const StepRandom& random) const;
  int64_t width() const { return width_; }

  /// Writes the statements that do so to `h`.
  void write_script(Script& script) const;

 private:
  std::string name(const char* what, size_t layer) const;

  const Activation& activation_;
  double dropout_;
  Place place_;
  int64_t width_;
  std::vector<at::Tensor> weights_;  // each [in, out]
  std::vector<at::Tensor> biases_;   // each [out]
};

/// Weights and biases of such layers.
double count_layer_weights(double input, const std::vector<int64_t>& widths);

}  // namespace spout
