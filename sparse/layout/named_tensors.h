// Tensors by name: the parameters of a model, the state of an optimizer, a file of both.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

namespace spout {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

}  // namespace spout
