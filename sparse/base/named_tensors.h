// Tensors with their names: a model's parameters, an optimizer's state, or a file of both.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

namespace spout {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

}  // namespace spout
