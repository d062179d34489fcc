// Entry points of the CPU weight updates, compiled once per instruction set (update_kernel.cpp) and
// chosen at run time with the kernels of the scores.
#pragma once

#include <c10/util/BFloat16.h>

#include "losses/update_rules.h"

namespace spout {

/// Some rows of a weight matrix and what moves them. Weights are f32 or bf16, their gradient is of
/// the same type or f32; state is f32. bf16 weights are rounded up or down at random, in proportion
/// to the distance, so that steps far below their precision arrive on average; the random bits are
/// a function of (seed, row, column) only.
template <class Weight, class Gradient>
struct RowUpdate {
  Weight* weights = nullptr;                // [rows, cols], contiguous
  const Gradient* gradient = nullptr;       // the same
  std::array<float*, kMostStates> state{};  // the same each
  int64_t rows = 0;
  int64_t cols = 0;
  int64_t first_row = 0;  // number of the first row in its whole matrix
  uint64_t seed = 0;      // of this step's rounding
};

template <class Weight, class Gradient>
using UpdatePass = void (*)(const RowUpdate<Weight, Gradient>&, const StepConstants&);

/// In the order of the rules.
struct UpdateKernels {
  std::array<UpdatePass<float, float>, kNumRules> f32;
  std::array<UpdatePass<c10::BFloat16, c10::BFloat16>, kNumRules> bf16;
  std::array<UpdatePass<c10::BFloat16, float>, kNumRules> bf16_by_f32;

  template <class Weight, class Gradient>
  const auto& of() const {
    if constexpr (std::is_same_v<Weight, float>) {
      return f32;
    } else if constexpr (std::is_same_v<Gradient, float>) {
      return bf16_by_f32;
    } else {
      return bf16;
    }
  }
};

}  // namespace spout
