#include "spout/models/pretrained/affine.h"

#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>

#include <fmt/format.h>

#include "spout/models/base/script.h"

namespace spout {

at::Tensor Affine::linear(const at::Tensor& h) const {
  if (low_weight.defined()) return at::linear(h, low_weight, low_bias);
  return at::linear(h, weight, bias);
}

at::Tensor Affine::norm(const at::Tensor& h, double eps) const {
  return at::layer_norm(h, weight.sizes(), weight, bias, eps);
}

void Affine::keep_low(at::ScalarType type) {
  if (type == weight.scalar_type()) {
    low_weight = at::Tensor();
    low_bias = at::Tensor();
    return;
  }
  if (low_weight.defined() && low_weight.scalar_type() == type &&
      low_weight.device() == weight.device()) {
    return;
  }
  low_weight = weight.detach().to(type);
  if (bias.defined()) low_bias = bias.detach().to(type);
}

std::string Affine::linear_call(Script& script, const std::string& h) const {
  const std::string with_bias =
      bias.defined() ? ", " + script.parameter(name + "_bias", bias) : std::string();
  return "torch.linear(" + h + ", " + script.parameter(name + "_weight", weight) + with_bias + ")";
}

std::string Affine::norm_call(Script& script, const std::string& h, double eps) const {
  return fmt::format("torch.layer_norm({}, [{}], {}, {}, {:.17g})", h, weight.size(0),
                     script.parameter(name + "_weight", weight),
                     script.parameter(name + "_bias", bias), eps);
}

Affine find_affine(const std::string& name, const std::map<std::string, at::Tensor>& weights) {
  const auto bias = weights.find(name + "_bias");
  return {name,
          weights.at(name + "_weight"),
          bias == weights.end() ? at::Tensor() : bias->second,
          {},
          {}};
}

}  // namespace spout
