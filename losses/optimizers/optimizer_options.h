// The options of all optimizers; each optimizer reads those that it has a use for.
#pragma once

#include <cstdint>

namespace spout {

struct OptimizerOptions {
  // sgd: the share of the last step that is kept.
  double momentum = 0.0;
  // adam, adamw: the shares that the running means of gradients and of their squares keep of
  // themselves in a step.
  double beta1 = 0.9;
  double beta2 = 0.999;
  // adam, adamw, adagrad: added to the root in the divisor, so that it is never zero.
  double eps = 1e-8;
  // Pulls all weights to zero: decay * w is added to the gradient; adamw takes lr * decay * w off
  // the weight instead.
  double weight_decay = 0.0;
  // Matrix rows without a gradient do not move in a step, though momentum or decay would move them.
  bool lazy = false;
  // The seed of the random rounding of bf16 weights.
  uint64_t seed = 0;
};

}  // namespace spout
