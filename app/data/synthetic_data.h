// Makes data with a planted structure. Each label has a few features of its own. A row draws labels
// by Zipf's law, and holds most of their features and some noise. Every number is a function of the
// seed and of its position, so that any range of rows can be made alone.
#pragma once

#include <cstdint>

#include "spout/sparse/batch/dataset.h"

namespace spout {

struct SynthOptions {
  int64_t rows = 2000;
  int64_t features = 1000;
  int64_t labels = 500;
  // The share of the target's entries that are not zero; a row has at least one label. 0: five
  // labels a row, but at most half of all.
  double density = 0.0;
  // The target's values depend on the strength of the labels' features; else all are 1.
  bool real_values = false;
  int64_t seed = 1;
};

/// Rows [first, first + count) of the endless data set that the options describe.
Dataset synthesize(const SynthOptions& options, int64_t first, int64_t count);

}  // namespace spout
