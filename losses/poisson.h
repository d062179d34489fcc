// Poisson regression of counts with rate exp(z): exp(z) - y z, the terms of y alone left out.
//   f0 = exp(z),  f1 - f0 = -y z,  gradient exp(z) - y.
#pragma once

#include "losses/formula.h"

namespace spout {

struct Poisson : PlainFormula {
  using PlainFormula::PlainFormula;
  static constexpr const char* kName = "poisson";
  static constexpr const char* kHelp = "counts whose rate is exp(score), zeros included";
  static constexpr Domain kDomain = Domain::kNonNegative;
  static constexpr float kThreshold = -0.6931472F;  // a rate of one half

  template <class T>
  SPOUT_HOST_DEVICE Term<T> at_zero(const T& z) const {
    const T rate = math::exp(z);
    return {rate, rate};
  }

  template <class T>
  SPOUT_HOST_DEVICE Term<T> correction(const T& z, const T& y) const {
    return {-(y * z), -y};
  }

  double best_constant(double p) const { return std::log(p); }
};

}  // namespace spout
