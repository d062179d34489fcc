#include "spout/models/base/activation.h"

#include <ATen/ops/gelu.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/tanh.h>

#include <array>

#include "spout/sparse/base/find_by_name.h"

namespace spout {
namespace {

constexpr std::array<Activation, 4> kTable{{
    {"relu", [](const at::Tensor& h) { return at::relu(h); }, "torch.relu"},
    {"gelu", [](const at::Tensor& h) { return at::gelu(h); }, "torch.gelu"},
    {"silu", [](const at::Tensor& h) { return at::silu(h); }, "torch.silu"},
    {"tanh", [](const at::Tensor& h) { return at::tanh(h); }, "torch.tanh"},
}};

}  // namespace

std::span<const Activation> activation_table() {
  return kTable;
}

const Activation& find_activation(std::string_view name) {
  return find_by_name(kTable, name, "activation");
}

}  // namespace spout
