// The values that a target may hold.
#pragma once

#include <cstdint>

namespace spout {

enum class Domain : uint8_t {
  kUnit,         // [0, 1]; labels are 0 or 1
  kNonNegative,  // [0, infinity): counts, weights
  kReal,         // any finite number
};

}  // namespace spout
