// Adagrad gives every weight a rate of its own, which falls with the squares of its gradients:
//   g = gradient + decay w,  s += g^2,  w -= lr g / (sqrt(s) + eps).
// Source: Duchi, Hazan, Singer (JMLR 2011), figure 1 with a diagonal matrix.
#pragma once

#include "spout/losses/optimizers/update_rule.h"

namespace spout {

struct AdagradRule {
  static constexpr std::array<const char*, 1> kStates{"squares"};

  static constexpr bool rests_at_zero(const OptimizerOptions& options) {
    return options.weight_decay == 0.0;
  }

  template <class T>
  static SPOUT_HOST_DEVICE T next(const T& w, const T& gradient, T* state, const StepConstants& c) {
    const T g = gradient + w * math::constant(w, c.weight_decay);
    state[0] = state[0] + g * g;
    return w - g * math::constant(w, c.lr) / (math::sqrt(state[0]) + math::constant(w, c.eps));
  }
};

}  // namespace spout
