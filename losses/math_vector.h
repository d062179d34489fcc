// The functions of math.h for at::vec's vectors. Internal linkage: each instruction set has its
// own.
#pragma once

#include <ATen/cpu/vec/vec.h>

#include "losses/math.h"

namespace spout::math {

using Vec = at::vec::Vectorized<float>;

static inline Vec exp(const Vec& z) {
  return z.exp_u20();
}
static inline Vec log1p(const Vec& z) {
  return z.log1p();
}
static inline Vec abs(const Vec& z) {
  return z.abs();
}
static inline Vec positive_part(const Vec& z) {
  return at::vec::maximum(z, Vec(0.0F));
}
static inline Vec if_non_negative(const Vec& z, const Vec& yes, const Vec& no) {
  return Vec::blendv(no, yes, z >= Vec(0.0F));
}
static inline Vec constant(const Vec& /*z*/, double c) {
  return Vec(static_cast<float>(c));
}

}  // namespace spout::math
