#include "spout/losses/base/reduction.h"

namespace spout {

double reduction_scale(Reduction reduction, int64_t n, int64_t num_labels) {
  const auto rows = static_cast<double>(n);
  const double count = reduction == Reduction::kSum       ? 1.0
                       : reduction == Reduction::kRowMean ? rows
                                                          : rows * static_cast<double>(num_labels);
  return count == 0.0 ? 0.0 : 1.0 / count;
}

}  // namespace spout
