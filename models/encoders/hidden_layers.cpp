#include "spout/models/encoders/hidden_layers.h"

#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>

#include <cmath>

#include "spout/models/base/script.h"
#include "spout/models/outputs/feature_linear.h"

namespace spout {

HiddenLayers::HiddenLayers(torch::nn::Module& owner, int64_t input,
                           const std::vector<int64_t>& widths, const ModelOptions& options,
                           uint64_t seed, const Identity& identity)
    : activation_(find_activation(options.activation)),
      dropout_(options.dropout),
      identity_(identity),
      width_(input) {
  const InitOptions init{seed, options.initialize};
  for (size_t i = 0; i < widths.size(); ++i) {
    TORCH_CHECK_VALUE(widths[i] > 0, "hidden layers must have a positive width, found ", widths[i]);
    const double bound = 1.0 / std::sqrt(static_cast<double>(width_));
    weights_.push_back(owner.register_parameter(
        name("weight", i),
        uniform_init({width_, widths[i]}, bound, init, identity_.first_layer + i)));
    biases_.push_back(owner.register_parameter(name("bias", i), at::zeros({widths[i]})));
    width_ = widths[i];
  }
}

std::string HiddenLayers::name(const char* what, size_t layer) const {
  return identity_.prefix + what + "_" + std::to_string(layer);
}

at::Tensor HiddenLayers::apply(at::Tensor h, const StepRandom& random) const {
  for (size_t i = 0; i < weights_.size(); ++i) {
    h = activation_.apply(sparse_linear(h, weights_[i], biases_[i]));
    h = dropout(h, dropout_, random, identity_.first_layer + i);
  }
  return h;
}

void HiddenLayers::write_script(Script& script) const {
  for (size_t i = 0; i < weights_.size(); ++i) {
    const std::string weight = script.parameter(name("weight", i), weights_[i]);
    const std::string bias = script.parameter(name("bias", i), biases_[i]);
    script.statement("h = " + std::string(activation_.script) + "(self.sparse_linear(h, " + weight +
                     ", " + bias + "))");
  }
}

double count_layer_weights(double input, const std::vector<int64_t>& widths) {
  double count = 0;
  for (const int64_t width : widths) {
    count += (input + 1) * static_cast<double>(width);
    input = static_cast<double>(width);
  }
  return count;
}

}  // namespace spout
