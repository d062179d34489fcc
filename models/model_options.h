// What a model can be told, apart from the heavy headers of the model itself.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "losses/value_loss.h"

namespace spout {

struct ModelOptions {
  std::vector<int64_t> hidden{512};  // widths of the hidden layers
  std::string activation = "relu";
  double dropout = 0.0;        // of hidden values
  double input_dropout = 0.0;  // of features
  bool bf16_output = false;    // the output weights are kept in bf16
  ValueLossOptions value;      // of the head that gives values
  bool initialize = true;      // false: weights stay unset, for a model about to be loaded
};

struct ModelShape {
  int64_t features = 0;
  int64_t labels = 0;
};

}  // namespace spout
