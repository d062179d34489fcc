// The functions of math.h for at::Tensor, so that a formula runs on any device and in any dtype.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/clamp_min.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/log.h>
#include <ATen/ops/log1p.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/reciprocal.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/sqrt.h>
#include <ATen/ops/where.h>

#include "spout/losses/formulas/math.h"

namespace spout::math {

inline at::Tensor exp_non_positive(const at::Tensor& z) {
  return at::exp(z);
}
inline at::Tensor log1p(const at::Tensor& z) {
  return at::log1p(z);
}
inline at::Tensor exp(const at::Tensor& z) {
  return at::exp(z);
}
inline at::Tensor log(const at::Tensor& z) {
  return at::log(z);
}
inline at::Tensor pow(const at::Tensor& z, double c) {
  return at::pow(z, c);
}
inline at::Tensor is_non_zero(const at::Tensor& z) {
  return z.ne(0).to(z.scalar_type());
}
inline at::Tensor exp_minus_abs(const at::Tensor& z) {
  return at::exp(-at::abs(z));
}
inline at::Tensor reciprocal(const at::Tensor& z) {
  return at::reciprocal(z);
}
inline at::Tensor sqrt(const at::Tensor& z) {
  return at::sqrt(z);
}
inline at::Tensor positive_part(const at::Tensor& z) {
  return at::clamp_min(z, 0);
}
inline at::Tensor if_non_negative(const at::Tensor& z, const at::Tensor& yes,
                                  const at::Tensor& no) {
  return at::where(z >= 0, yes, no);
}
inline at::Tensor constant(const at::Tensor& z, double c) {
  return at::scalar_tensor(c, z.options());
}

}  // namespace spout::math
