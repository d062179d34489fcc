// The reduction of a loss: what the sum over all entries is divided by.
#pragma once

#include <cstdint>

namespace spout {

/// The divisor of the sum over all entries of [n, L].
enum class Reduction : uint8_t {
  kSum,      // 1
  kRowMean,  // n: nats (or squared units) per row, the default of training
  kMean,     // n * L, as torch's reduction='mean' on dense tensors
};

/// The reciprocal of the divisor, or 0 where the divisor is 0 (no rows, or no labels).
double reduction_scale(Reduction reduction, int64_t n, int64_t num_labels);

}  // namespace spout
