// Several names are one function: configurations are older than torch's own functions.
#include "spout/models/pretrained/hidden_activation.h"

#include <ATen/ops/gelu.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/tanh.h>

#include <array>

namespace spout {
namespace {

at::Tensor exact_gelu(const at::Tensor& h) {
  return at::gelu(h);
}
at::Tensor tanh_gelu(const at::Tensor& h) {
  return at::gelu(h, "tanh");
}
at::Tensor silu(const at::Tensor& h) {
  return at::silu(h);
}

constexpr std::string_view kTanhGelu = "torch.gelu({}, approximate='tanh')";

constexpr std::array<HiddenActivation, 9> kTable{{
    {"gelu", exact_gelu, "torch.gelu({})"},
    {"gelu_python", exact_gelu, "torch.gelu({})"},
    {"gelu_new", tanh_gelu, kTanhGelu},
    {"gelu_fast", tanh_gelu, kTanhGelu},
    {"gelu_pytorch_tanh", tanh_gelu, kTanhGelu},
    {"relu", [](const at::Tensor& h) { return at::relu(h); }, "torch.relu({})"},
    {"silu", silu, "torch.silu({})"},
    {"swish", silu, "torch.silu({})"},
    {"tanh", [](const at::Tensor& h) { return at::tanh(h); }, "torch.tanh({})"},
}};

}  // namespace

std::span<const HiddenActivation> hidden_activations() {
  return kTable;
}

const HiddenActivation* find_hidden_activation(std::string_view name) {
  for (const HiddenActivation& entry : kTable) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

}  // namespace spout
