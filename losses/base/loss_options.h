// The options of a loss that are the same whichever way it runs.
#pragma once

#include "spout/losses/base/loss_weights.h"
#include "spout/losses/base/reduction.h"

namespace spout {

struct LossOptions {
  Reduction reduction = Reduction::kRowMean;
  // Whether the gradient may overwrite the scores, which must not be read afterwards.
  bool in_place = false;
  // Whether values outside the loss's domain are refused. A trainer that has checked its data turns
  // this off.
  bool check_target = true;
  // Weights of the terms. A mean still divides by the number of rows or entries.
  LossWeights weights{};
};

}  // namespace spout
