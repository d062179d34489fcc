// The random bits by which bf16 weights are rounded. They are a function of the step's seed, the
// row and the column, and so the same on every device and instruction set. math_vector.h has
// noise_bits() for vectors.
#pragma once

#include <cstdint>

#include "spout/losses/formulas/math.h"

namespace spout {

/// 32 well-mixed bits of a row and a step, by the finaliser of SplitMix64.
inline SPOUT_HOST_DEVICE uint32_t row_bits(uint64_t seed, int64_t row) {
  uint64_t x = seed + static_cast<uint64_t>(row) * 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
  return static_cast<uint32_t>(x >> 32U);
}

// Odd multipliers with well-spread bits.
inline constexpr uint32_t kMixA = 0x9E3779B1U;
inline constexpr uint32_t kMixB = 0x85EBCA6BU;

/// The 16 random bits of a column, to be added below those that bf16 keeps.
///   row  row_bits() of the row
inline SPOUT_HOST_DEVICE uint32_t noise_bits(uint32_t row, uint32_t col) {
  uint32_t x = col * kMixA + row;
  x = (x ^ (x >> 15U)) * kMixB;
  return x >> 16U;
}

}  // namespace spout
