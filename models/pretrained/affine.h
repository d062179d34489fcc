// A linear layer or a norm of the pretrained transformer: its weight and bias, in C++ and as a
// TorchScript call. A frozen layer under autocast keeps bf16 copies of its weights, which
// autocast itself would make again for every batch.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>

namespace spout {

class Script;

struct Affine {
  std::string name;   // what its parameters' names begin with
  at::Tensor weight;  // [out, in]; of a norm [d]
  at::Tensor bias;    // [out]; undefined: none
  // Copies in autocast's type; undefined where autocast is to convert the weights.
  at::Tensor low_weight;
  at::Tensor low_bias;

  /// h [..., in] -> [..., out]
  at::Tensor linear(const at::Tensor& h) const;
  /// Layer norm over the last dimension, in f32.
  at::Tensor norm(const at::Tensor& h, double eps) const;

  /// Makes the copies if there are none on the weight's device of that type; the weight's own
  /// type needs none, and drops them.
  void keep_low(at::ScalarType type);

  std::string linear_call(Script& script, const std::string& h) const;
  std::string norm_call(Script& script, const std::string& h, double eps) const;
};

/// The layer whose weight and bias, if it has one, are NAME_weight and NAME_bias.
///   weights  by name; the weight must be there
Affine find_affine(const std::string& name, const std::map<std::string, at::Tensor>& weights);

}  // namespace spout
