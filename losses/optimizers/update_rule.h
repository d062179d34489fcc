// An update rule is how an optimizer moves one weight, stated once for every number type: vectors
// on the CPU (f32 and bf16 weights), single numbers on CUDA, tensors as the plain reference.
// A rule is a struct with
//   kStates                 the names of the f32 numbers kept per weight
//   next(w, g, state, c)    returns the new weight and updates state[0..kStates.size())
//   rests_at_zero(options)  whether a weight whose gradient is 0 stays exactly where it is
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

#include "spout/losses/formulas/math.h"
#include "spout/losses/optimizers/optimizer_options.h"

namespace spout {

/// What a rule needs to know of the step, computed once per step in f64.
struct StepConstants {
  float lr;
  float weight_decay;
  float kept;  // 1 - lr * weight_decay
  float momentum;
  float mean_gain;     // 1 - beta1
  float square_gain;   // 1 - beta2
  float mean_lr;       // lr / (1 - beta1^t)
  float square_scale;  // 1 / (1 - beta2^t)
  float eps;

  /// Computes the constants of step t.
  ///   step  t, counted from 1
  StepConstants(const OptimizerOptions& options, double rate, int64_t step)
      : lr(static_cast<float>(rate)),
        weight_decay(static_cast<float>(options.weight_decay)),
        kept(static_cast<float>(1.0 - rate * options.weight_decay)),
        momentum(static_cast<float>(options.momentum)),
        mean_gain(static_cast<float>(1.0 - options.beta1)),
        square_gain(static_cast<float>(1.0 - options.beta2)),
        mean_lr(static_cast<float>(rate / missing(options.beta1, step))),
        square_scale(static_cast<float>(1.0 / missing(options.beta2, step))),
        eps(static_cast<float>(options.eps)) {}

 private:
  /// Returns Adam's bias correction 1 - beta^t.
  static double missing(double beta, int64_t step) {
    return 1.0 - std::pow(beta, static_cast<double>(step));
  }
};

/// The largest number of states that any rule keeps per weight.
inline constexpr size_t kMostStates = 2;

}  // namespace spout
