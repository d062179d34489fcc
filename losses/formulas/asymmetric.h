// The asymmetric loss (ASL) is a focal loss with separate exponents for targets and absent labels.
// An absent label whose probability is at most the margin m costs nothing at all.
// With s = sigmoid(z) and p = max(s - m, 0):
//   f0 = p^gamma_negative (-log(1 - p)),  f1 = (1 - s)^gamma_positive (-log s).
// Source: Ridnik, Ben-Baruch, Zamir, Noy, Friedman, Protter, Zelnik-Manor (ICCV 2021), equation 7.
#pragma once

#include "spout/losses/formulas/focal.h"

namespace spout {

class Asymmetric {
 public:
  static constexpr const char* kName = "asymmetric";
  static constexpr const char* kHelp =
      "focal with separate exponents for present and absent labels; faster on many labels";
  static constexpr Domain kDomain = Domain::kUnit;
  static constexpr float kThreshold = 0.0F;
  static constexpr std::array kParameters{"gamma-positive", "gamma-negative", "margin"};

  explicit SPOUT_HOST_DEVICE Asymmetric(const LossParameters& parameters)
      : positive_(parameters.gamma_positive),
        negative_(parameters.gamma_negative),
        margin_(parameters.margin) {}

  template <class T>
  SPOUT_HOST_DEVICE Term<T> at_zero(const T& z) const {
    const Logistic<T> logistic(z);
    const T one = math::constant(z, 1.0);
    const T margin = math::constant(z, margin_);
    const T above = logistic.sigmoid - margin;
    const T p = math::positive_part(above);
    // 1 - s is kept above zero: the loss stops growing at that point, but its gradient stays right.
    const T tiny = math::constant(z, kTiny);
    const T logistic_rest = tiny + math::positive_part(logistic.rest - tiny);
    const T rest = math::if_non_negative(above, logistic_rest + margin, one);  // 1 - p
    const T loss = -math::log(rest);
    const T power_less = math::pow(p, negative_ > 0.0 ? negative_ - 1.0 : 0.0);
    const T power = negative_ > 0.0 ? power_less * p : one;
    const T steepness = math::constant(z, negative_) * power_less * loss;
    const T gradient =
        logistic.sigmoid * (logistic_rest * steepness + power * (logistic_rest / rest));
    // The loss above is finite even at an infinite score; adding 0 * z makes such a score show.
    const T nothing = z * math::constant(z, 0.0);
    return {power * loss + nothing, math::if_non_negative(above, gradient, nothing)};
  }

  template <class T>
  SPOUT_HOST_DEVICE Term<T> correction(const T& z, const T& y) const {
    const Term<T> absent = at_zero(z);
    const Term<T> target = focused(-z, positive_);
    return {y * (target.value - absent.value), -(y * (target.gradient + absent.gradient))};
  }

  double best_constant(double p) const { return balanced_constant(*this, p); }

  /// The logit of the margin, less a little so that rounding cannot exceed it.
  float zero_up_to() const {
    return static_cast<float>(std::log(margin_ / (1.0 - margin_)) - 1e-3);
  }

 private:
  static constexpr double kTiny = 1.2e-38;  // just above f32's smallest normal number

  double positive_;
  double negative_;
  double margin_;
};

}  // namespace spout
