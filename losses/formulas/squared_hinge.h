// The squared hinge treats every label on its own: (1 - y) max(0, 1 + z)^2 + y max(0, 1 - z)^2.
//   f0 = max(0, 1 + z)^2,  f1 - f0 = y (max(0, 1 - z)^2 - max(0, 1 + z)^2).
// An absent label that scores below -1 has neither loss nor gradient; after an epoch of training
// that is almost every label.
#pragma once

#include "spout/losses/formulas/formula.h"

namespace spout {

struct SquaredHinge : PlainFormula {
  using PlainFormula::PlainFormula;
  static constexpr const char* kName = "squared-hinge";
  static constexpr const char* kHelp =
      "squared hinge, each label on its own; faster on many labels";
  static constexpr Domain kDomain = Domain::kUnit;
  static constexpr float kThreshold = 0.0F;  // half-way between the two margins

  template <class T>
  SPOUT_HOST_DEVICE Term<T> at_zero(const T& z) const {
    const T above = math::positive_part(z + math::constant(z, 1.0));
    return {above * above, above + above};
  }

  template <class T>
  SPOUT_HOST_DEVICE Term<T> correction(const T& z, const T& y) const {
    const T one = math::constant(z, 1.0);
    const T above = math::positive_part(one + z);
    const T below = math::positive_part(one - z);
    return {y * (below * below - above * above), -(y + y) * (below + above)};
  }

  /// Between the margins the mean gradient is 0 where (1 - p)(1 + z) = p (1 - z).
  double best_constant(double p) const { return 2.0 * p - 1.0; }

  float zero_up_to() const { return -1.0F; }
};

}  // namespace spout
