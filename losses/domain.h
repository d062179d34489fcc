// The values that a target may hold.
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

/// Throws ValueError where a value lies outside the domain; NaN lies outside of every one.
///   name    whose domain it is, for the error
///   values  [nnz], any device; explicit zeros are absent entries and fit
void check_domain(std::string_view name, Domain domain, const at::Tensor& values);

}  // namespace spout
