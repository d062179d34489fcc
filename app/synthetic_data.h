// Data with a planted structure. Label j has a few features of its own; a row draws some labels by
// Zipf's law, carries most of their features, and some noise. Every number is a function of the
// seed and its place, so any range of rows can be made alone.
#pragma once

#include <cstdint>

#include "sparse/batch/dataset.h"

namespace spout {

struct SynthOptions {
  int64_t rows = 2000;
  int64_t features = 1000;
  int64_t labels = 500;
  double density = 0.01;     // of the target: labels a row, over L; at least one label a row
  bool real_values = false;  // target values depend on the strength of the label's features
  int64_t seed = 1;
};

/// Rows [first, first + count) of the endless data set that the options describe.
Dataset synthesize(const SynthOptions& options, int64_t first, int64_t count);

}  // namespace spout
