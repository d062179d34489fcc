// Binary cross-entropy treats every label on its own: -[y log s + (1 - y) log(1 - s)],
// s = sigmoid(z).
//   f0 = softplus(z) = max(z, 0) + log1p(exp(-|z|)),  f1 - f0 = -y z,  gradient sigmoid(z) - y.
// exp(-|z|) never overflows, and both the value and the sigmoid are made from it.
#pragma once

#include "spout/losses/formulas/formula.h"

namespace spout {

struct Bce : PlainFormula {
  using PlainFormula::PlainFormula;
  static constexpr const char* kName = "bce";
  static constexpr const char* kHelp = "binary cross-entropy, each label on its own";
  static constexpr Domain kDomain = Domain::kUnit;
  static constexpr float kThreshold = 0.0F;  // probability one half

  template <class T>
  SPOUT_HOST_DEVICE LogTerm<T> at_zero(const T& z) const {
    const T e = math::exp_minus_abs(z);
    const T larger = math::reciprocal(math::constant(z, 1.0) + e);  // sigmoid(|z|)
    return {math::positive_part(z), e, math::if_non_negative(z, larger, e * larger)};
  }

  template <class T>
  SPOUT_HOST_DEVICE Term<T> correction(const T& z, const T& y) const {
    return {-(y * z), -y};
  }

  double best_constant(double p) const { return std::log(p / (1.0 - p)); }
};

}  // namespace spout
