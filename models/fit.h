// What a model is given that is worked out from all training rows, not trained in steps.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "models/model_options.h"
#include "sparse/layout/csr.h"

namespace spout {

struct FitInput {
  const Csr& x;  // [n, D] features
  const Csr& y;  // [n, L] targets
  uint64_t seed = 1;
  std::function<void()> poll{};  // called now and then, by any thread; may throw to stop
  std::function<void(const std::string&)> say{};  // is told what the data have settled
};

/// How much of it there is, for an estimate of memory.
struct FitSize {
  ModelShape shape;
  int64_t rows = 0;
  double features_per_row = 0;  // mean
  double labels_per_row = 0;    // mean
};

}  // namespace spout
