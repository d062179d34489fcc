// Squared error over every entry, zeros included: (z - y)^2.
//   f0 = z^2,  f1 - f0 = y^2 - 2 z y,  gradient 2 (z - y).
#pragma once

#include "losses/formula.h"

namespace spout {

struct Mse {
  static constexpr const char* kName = "mse";
  static constexpr const char* kHelp = "squared error over all entries, zeros included";
  static constexpr Domain kDomain = Domain::kReal;
  static constexpr float kThreshold = 0.5F;  // half-way between 0 and 1

  template <class T>
  static SPOUT_HOST_DEVICE Term<T> at_zero(const T& z) {
    return {z * z, z + z};
  }

  template <class T>
  static SPOUT_HOST_DEVICE Term<T> correction(const T& z, const T& y) {
    return {y * (y - (z + z)), -(y + y)};
  }

  static double best_constant(double p) { return p; }
};

}  // namespace spout
