// The few functions that formulas are written in, for every number type that a formula runs on:
// float and double (reference, CUDA threads), at::Tensor (any device, any dtype) and at::vec's
// vectors (CPU kernels, see elementwise_kernel.cpp, which adds its own overloads).
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/clamp_min.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/log1p.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/where.h>

#include <cmath>
#include <concepts>

#if defined(__CUDACC__)
#define SPOUT_HOST_DEVICE __host__ __device__
#else
#define SPOUT_HOST_DEVICE
#endif

namespace spout::math {

template <std::floating_point T>
SPOUT_HOST_DEVICE T exp(T z) {
  return std::exp(z);
}
template <std::floating_point T>
SPOUT_HOST_DEVICE T log1p(T z) {
  return std::log1p(z);
}
template <std::floating_point T>
SPOUT_HOST_DEVICE T abs(T z) {
  return std::abs(z);
}
/// max(z, 0); NaN stays NaN.
template <std::floating_point T>
SPOUT_HOST_DEVICE T positive_part(T z) {
  return z < T(0) ? T(0) : z;
}
/// z >= 0 ? yes : no
template <std::floating_point T>
SPOUT_HOST_DEVICE T if_non_negative(T z, T yes, T no) {
  return z >= T(0) ? yes : no;
}
/// The constant c in the number type of z.
template <std::floating_point T>
SPOUT_HOST_DEVICE T constant(T /*z*/, double c) {
  return static_cast<T>(c);
}

inline at::Tensor exp(const at::Tensor& z) { return at::exp(z); }
inline at::Tensor log1p(const at::Tensor& z) { return at::log1p(z); }
inline at::Tensor abs(const at::Tensor& z) { return at::abs(z); }
inline at::Tensor positive_part(const at::Tensor& z) { return at::clamp_min(z, 0); }
inline at::Tensor if_non_negative(const at::Tensor& z, const at::Tensor& yes,
                                  const at::Tensor& no) {
  return at::where(z >= 0, yes, no);
}
inline at::Tensor constant(const at::Tensor& z, double c) {
  return at::scalar_tensor(c, z.options());
}

}  // namespace spout::math
