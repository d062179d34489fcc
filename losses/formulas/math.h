// The few functions that formulas are written in, overloaded for every number type that a formula
// runs on: float and double here (CUDA threads, single entries), at::Tensor (any device and dtype)
// in math_tensor.h, vectors of at::vec (CPU kernels) in kernels/math_vector.h. A source file that
// uses one of those two headers includes it before the formulas, which must find the overloads.
#pragma once

#include <cmath>
#include <concepts>

#if defined(__CUDACC__)
#define SPOUT_HOST_DEVICE __host__ __device__
#else
#define SPOUT_HOST_DEVICE
#endif

namespace spout::math {

/// exp(z) for z <= 0; NaN stays NaN.
template <std::floating_point T>
SPOUT_HOST_DEVICE T exp_non_positive(T z) {
  return std::exp(z);
}
template <std::floating_point T>
SPOUT_HOST_DEVICE T log1p(T z) {
  return std::log1p(z);
}
template <std::floating_point T>
SPOUT_HOST_DEVICE T exp(T z) {
  return std::exp(z);
}
/// log(z) for z > 0.
template <std::floating_point T>
SPOUT_HOST_DEVICE T log(T z) {
  return std::log(z);
}
/// z^c for z >= 0; 0^0 is 1.
template <std::floating_point T>
SPOUT_HOST_DEVICE T pow(T z, double c) {
  return std::pow(z, static_cast<T>(c));
}
/// exp(-|z|), which never overflows.
template <std::floating_point T>
SPOUT_HOST_DEVICE T exp_minus_abs(T z) {
  return std::exp(-std::abs(z));
}
template <std::floating_point T>
SPOUT_HOST_DEVICE T sqrt(T z) {
  return std::sqrt(z);
}
/// 1 / z for z in [1, 2]; NaN stays NaN.
template <std::floating_point T>
SPOUT_HOST_DEVICE T reciprocal(T z) {
  return T(1) / z;
}
/// max(z, 0); NaN stays NaN.
template <std::floating_point T>
SPOUT_HOST_DEVICE T positive_part(T z) {
  return z < T(0) ? T(0) : z;
}
/// `yes` where z >= 0, else `no`.
template <std::floating_point T>
SPOUT_HOST_DEVICE T if_non_negative(T z, T yes, T no) {
  return z >= T(0) ? yes : no;
}
/// 0 where z is 0, else 1.
template <std::floating_point T>
SPOUT_HOST_DEVICE T is_non_zero(T z) {
  return z == T(0) ? T(0) : T(1);
}
/// The constant c in the number type of z.
template <std::floating_point T>
SPOUT_HOST_DEVICE T constant(T /*z*/, double c) {
  return static_cast<T>(c);
}

}  // namespace spout::math
