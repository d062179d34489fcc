// Adam divides a running mean of gradients by the root of a running mean of their squares:
//   m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2,  w -= lr m_hat / (sqrt(v_hat) + eps),
// where m_hat and v_hat are corrected for their start at zero. `adam` adds decay * w to g; `adamw`
// takes lr * decay * w off w instead.
// Sources: Kingma, Ba (ICLR 2015), algorithm 1; Loshchilov, Hutter (ICLR 2019), algorithm 2.
#pragma once

#include "spout/losses/optimizers/update_rule.h"

namespace spout {

template <bool kDecoupledDecay>
struct AdamFamilyRule {
  static constexpr std::array<const char*, 2> kStates{"mean", "square"};

  static constexpr bool rests_at_zero(const OptimizerOptions& /*options*/) { return false; }

  template <class T>
  static SPOUT_HOST_DEVICE T next(const T& w, const T& gradient, T* state, const StepConstants& c) {
    const T g = kDecoupledDecay ? gradient : gradient + w * math::constant(w, c.weight_decay);
    const T kept = kDecoupledDecay ? w * math::constant(w, c.kept) : w;
    state[0] = state[0] + (g - state[0]) * math::constant(w, c.mean_gain);
    state[1] = state[1] + (g * g - state[1]) * math::constant(w, c.square_gain);
    const T root = math::sqrt(state[1] * math::constant(w, c.square_scale));
    return kept - state[0] * math::constant(w, c.mean_lr) / (root + math::constant(w, c.eps));
  }
};

using AdamRule = AdamFamilyRule<false>;
using AdamWRule = AdamFamilyRule<true>;

}  // namespace spout
