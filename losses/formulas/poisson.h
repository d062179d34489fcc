// Poisson regression models counts y with rate exp(z). Its loss is the negative log-likelihood
// exp(z) - y z; the term log(y!), which depends on y alone, is left out.
//   f0 = exp(z),  f1 - f0 = -y z,  gradient exp(z) - y.
#pragma once

#include "spout/losses/formulas/formula.h"

namespace spout {

struct Poisson : PlainFormula {
  using PlainFormula::PlainFormula;
  static constexpr const char* kName = "poisson";
  static constexpr const char* kHelp = "counts whose rate is exp(score), zeros included";
  static constexpr Domain kDomain = Domain::kNonNegative;
  static constexpr float kThreshold = -0.6931472F;  // log(1/2), a rate of one half

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
