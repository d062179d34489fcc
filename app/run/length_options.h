// The command line's options for how long a training is.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "spout/app/options/option.h"

namespace spout {

/// The value of LengthOptions::epochs for as many as held-out rows gain by.
constexpr int64_t kAutoEpochs = -1;

struct LengthOptions {
  int64_t epochs = kAutoEpochs;
  // The rest is for kAutoEpochs.
  int64_t max_steps = 0;       // of the longest training that is tried; 0: the usual bound
  double max_minutes = 0.0;    // in which it ends; 0: no bound
  bool keep_held_out = false;  // it does not learn from the rows that it has held out
  // Not options, but for candidates of a race (app/race):
  int64_t patience = 2;  // longer lengths without a gain that end the search
  double rival = std::numeric_limits<double>::quiet_NaN();  // LengthLimits::rival
};

std::vector<Option> length_options(LengthOptions& options);

}  // namespace spout
