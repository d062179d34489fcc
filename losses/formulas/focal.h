// The focal loss is a cross-entropy that fades where the model is right already. With
// s = sigmoid(z), an entry with target y costs y f1 + (1 - y) f0:
//   f0 = s^gamma softplus(z),  f1 = (1 - s)^gamma softplus(-z).
// Source: Lin, Goyal, Girshick, He, Dollar (ICCV 2017), equation 4.
#pragma once

#include "spout/losses/formulas/formula.h"

namespace spout {

/// The three functions of z that share exp(-|z|): softplus(z) = max(z, 0) + log1p(exp(-|z|)),
/// sigmoid(z) and rest = 1 - sigmoid(z).
template <class T>
struct Logistic {
  T softplus;
  T sigmoid;
  T rest;

  explicit SPOUT_HOST_DEVICE Logistic(const T& z) : Logistic(z, math::exp_minus_abs(z)) {}

 private:
  SPOUT_HOST_DEVICE Logistic(const T& z, const T& e)
      : Logistic(z, e, math::reciprocal(math::constant(z, 1.0) + e)) {}
  SPOUT_HOST_DEVICE Logistic(const T& z, const T& e, const T& larger)
      : softplus(math::positive_part(z) + math::log1p(e)),
        sigmoid(math::if_non_negative(z, larger, e * larger)),
        rest(math::if_non_negative(z, e * larger, larger)) {}
};

/// sigmoid(z)^gamma softplus(z): the loss of an absent label with score z. A target with score z
/// costs focused(-z).
template <class T>
SPOUT_HOST_DEVICE Term<T> focused(const T& z, double gamma) {
  const Logistic<T> logistic(z);
  const T power = math::pow(logistic.sigmoid, gamma);
  const T slope = math::constant(z, gamma) * logistic.rest * logistic.softplus + logistic.sigmoid;
  return {power * logistic.softplus, power * slope};
}

class Focal {
 public:
  static constexpr const char* kName = "focal";
  static constexpr const char* kHelp =
      "cross-entropy that gives confident, right entries less weight";
  static constexpr Domain kDomain = Domain::kUnit;
  static constexpr float kThreshold = 0.0F;
  static constexpr std::array kParameters{"gamma"};

  explicit SPOUT_HOST_DEVICE Focal(const LossParameters& parameters) : gamma_(parameters.gamma) {}

  template <class T>
  SPOUT_HOST_DEVICE Term<T> at_zero(const T& z) const {
    return focused(z, gamma_);
  }

  template <class T>
  SPOUT_HOST_DEVICE Term<T> correction(const T& z, const T& y) const {
    const Term<T> absent = focused(z, gamma_);
    const Term<T> target = focused(-z, gamma_);
    return {y * (target.value - absent.value), -(y * (target.gradient + absent.gradient))};
  }

  double best_constant(double p) const { return balanced_constant(*this, p); }

 private:
  double gamma_;
};

}  // namespace spout
