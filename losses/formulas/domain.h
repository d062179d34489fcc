// The domain of a loss: which values its target may hold.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>

namespace spout {

enum class Domain : uint8_t {
  kUnit,         // [0, 1]; labels are 0 or 1
  kNonNegative,  // [0, infinity): counts, weights
  kReal,         // any finite number
};

/// Throws ValueError where a value lies outside the domain. NaN lies outside every domain.
///   name    the loss named in the error
///   values  [nnz] on any device; explicit zeros count as absent entries and are in every domain
void check_domain(std::string_view name, Domain domain, const at::Tensor& values);

}  // namespace spout
