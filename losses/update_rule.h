// How an optimizer moves one weight, stated once for every number type: vectors on the CPU (f32 and
// bf16 weights), threads on CUDA, tensors as the plain reference. A rule is a struct with
//   kStates                 names of the f32 numbers kept per weight
//   next(w, g, state, c)    the new weight; updates state[0..kStates)
//   rests_at_zero(options)  whether a weight whose gradient is 0 stays exactly where it is
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

#include "losses/math.h"

namespace spout {

struct OptimizerOptions {
  double momentum = 0.0;      // sgd
  double beta1 = 0.9;         // adam, adamw
  double beta2 = 0.999;       // adam, adamw
  double eps = 1e-8;          // adam, adamw, adagrad
  double weight_decay = 0.0;  // added to the gradient; under adamw taken off the weight
  bool lazy = false;  // matrix rows without a gradient rest, though momentum or decay moves others
  uint64_t seed = 0;  // of the rounding of bf16 weights
};

/// What a rule needs to know of the step, worked out once, in f64.
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

  /// step  t, from 1
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
  /// What a running mean that started at zero has not yet seen: 1 - beta^t.
  static double missing(double beta, int64_t step) {
    return 1.0 - std::pow(beta, static_cast<double>(step));
  }
};

inline constexpr size_t kMostStates = 2;

}  // namespace spout
