// The activations of pretrained transformers by the names of their configurations.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <string>
#include <string_view>

namespace spout {

struct HiddenActivation {
  std::string_view name;
  at::Tensor (*apply)(const at::Tensor& h) = nullptr;
  std::string_view script;  // the TorchScript expression, with {} for the tensor
};

std::span<const HiddenActivation> hidden_activations();

/// The activation of that name; null if there is none.
const HiddenActivation* find_hidden_activation(std::string_view name);

}  // namespace spout
