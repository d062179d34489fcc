// Random tensors and how far two are apart.
#pragma once

#include <ATen/ATen.h>

namespace spout::testing {

inline at::Tensor normal(at::IntArrayRef sizes, uint64_t seed) {
  return at::randn(sizes, at::detail::createCPUGenerator(seed), at::kDouble);
}

/// Infinities of one sign do not differ.
inline double largest_difference(const at::Tensor& first, const at::Tensor& second) {
  const at::Tensor a = first.detach().to(at::kDouble);
  const at::Tensor b = second.detach().to(at::kDouble);
  return at::where(a == b, at::zeros_like(a), a - b).abs().max().item<double>();
}

}  // namespace spout::testing
