// The numbers that formulas may depend on. A formula reads those that it names in kParameters.
#pragma once

namespace spout {

struct LossParameters {
  // mse: the weight of entries that are absent from the target.
  double zero_weight = 1.0;
  // focal: how fast the loss of easy entries fades; 0 is bce.
  double gamma = 2.0;
  // asymmetric: the same for targets, and for absent entries (0, or 1 and more).
  double gamma_positive = 1.0;
  double gamma_negative = 4.0;
  // asymmetric: absent entries whose probability is at most this cost nothing.
  double margin = 0.05;
};

}  // namespace spout
