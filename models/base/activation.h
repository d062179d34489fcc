// Activation functions by name, each in C++ and as the TorchScript function that export writes.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <string_view>

namespace spout {

struct Activation {
  std::string_view name;
  at::Tensor (*apply)(const at::Tensor& h);
  std::string_view script;  // the TorchScript function, of one tensor
};

std::span<const Activation> activation_table();

/// The activation called `name`; throws ValueError that lists the known names.
const Activation& find_activation(std::string_view name);

}  // namespace spout
