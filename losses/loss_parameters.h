// Numbers that a formula may depend on; each uses those that it names in kParameters.
#pragma once

namespace spout {

struct LossParameters {
  double zero_weight = 1.0;     // mse: of entries that are absent from the target
  double gamma = 2.0;           // focal
  double gamma_positive = 1.0;  // asymmetric: of the targets
  double gamma_negative = 4.0;  // asymmetric: of absent entries; 0, or 1 and more
  double margin = 0.05;         // asymmetric: absent entries of no higher probability cost nothing
};

}  // namespace spout
