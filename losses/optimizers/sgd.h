// Stochastic gradient descent, plain and with momentum m:
//   w -= lr (g + decay w);    b = m b + g + decay w,  w -= lr b.
// The momentum buffer b starts at zero, so that the first step is the plain one.
#pragma once

#include "spout/losses/optimizers/update_rule.h"

namespace spout {

struct SgdRule {
  static constexpr std::array<const char*, 0> kStates{};

  static constexpr bool rests_at_zero(const OptimizerOptions& options) {
    return options.weight_decay == 0.0;
  }

  template <class T>
  static SPOUT_HOST_DEVICE T next(const T& w, const T& g, T* /*state*/, const StepConstants& c) {
    return w * math::constant(w, c.kept) - g * math::constant(w, c.lr);
  }
};

struct MomentumRule {
  static constexpr std::array<const char*, 1> kStates{"momentum"};

  static constexpr bool rests_at_zero(const OptimizerOptions& /*options*/) { return false; }

  template <class T>
  static SPOUT_HOST_DEVICE T next(const T& w, const T& g, T* state, const StepConstants& c) {
    const T decayed = g + w * math::constant(w, c.weight_decay);
    state[0] = state[0] * math::constant(w, c.momentum) + decayed;
    return w - state[0] * math::constant(w, c.lr);
  }
};

}  // namespace spout
