// Squared error over every entry: (z - y)^2 at non-zeros, c z^2 elsewhere. The weight c of zeros
// (zero_weight) is 1 to count them in full, 0 to leave them out, between for implicit feedback.
//   f0 = c z^2,  f1 - f0 = y^2 - 2 z y + (1 - c) z^2 for y != 0;  gradients 2 c z and 2 (z - y).
// Where the fit is close the value is a small difference of large sums, rounded by up to 1e-7 of
// their size, the sum of y^2.
// Source of the weighting: Hu, Koren, Volinsky (ICDM 2008), equation 3.
#pragma once

#include <limits>

#include "spout/losses/formulas/formula.h"

namespace spout {

class Mse {
 public:
  static constexpr const char* kName = "mse";
  static constexpr const char* kHelp =
      "squared error over all entries; zeros count zero-weight times";
  static constexpr Domain kDomain = Domain::kReal;
  static constexpr float kThreshold = 0.5F;  // half-way between 0 and 1
  static constexpr std::array kParameters{"zero-weight"};

  explicit SPOUT_HOST_DEVICE Mse(const LossParameters& parameters)
      : zero_weight_(parameters.zero_weight) {}

  template <class T>
  SPOUT_HOST_DEVICE Term<T> at_zero(const T& z) const {
    const T weighted = z * math::constant(z, zero_weight_);
    return {weighted * z, weighted + weighted};
  }

  template <class T>
  SPOUT_HOST_DEVICE Term<T> correction(const T& z, const T& y) const {
    const T more = z * math::constant(z, 1.0 - zero_weight_) * math::is_non_zero(y);
    return {y * (y - (z + z)) + more * z, (more + more) - (y + y)};
  }

  /// Exact for targets of 0 and 1. For other values and a zero_weight other than 1 the mean alone
  /// does not determine the best constant.
  double best_constant(double p) const {
    if (p <= 0.0 || p >= 1.0) return p;
    return p / (zero_weight_ * (1.0 - p) + p);
  }

  double zero_curvature() const { return zero_weight_; }

  /// With zero_weight 0 absent entries never have a gradient; otherwise nearly all of them do.
  float zero_up_to() const {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    return zero_weight_ == 0.0 ? kInfinity : -kInfinity;
  }

 private:
  double zero_weight_;
};

}  // namespace spout
