// The entry points of the CPU weight updates. update_kernel.cpp is compiled once per instruction
// set, and cpu_update_kernels() chooses at run time, as cpu_kernels() does.
#pragma once

#include <c10/util/BFloat16.h>

#include "spout/losses/optimizers/update_rules.h"

namespace spout {

/// Some rows of a weight matrix and their gradient. Weights are f32 or bf16; the gradient is of the
/// same type or f32; state is f32. bf16 weights are rounded up or down at random, with
/// probabilities that keep the mean, so that steps far below their precision arrive on average. The
/// random bits are a function of (seed, row, column) only.
template <class Weight, class Gradient>
struct RowUpdate {
  Weight* weights = nullptr;                // [rows, cols], contiguous
  const Gradient* gradient = nullptr;       // [rows, cols], contiguous
  std::array<float*, kMostStates> state{};  // [rows, cols] each, contiguous
  int64_t rows = 0;
  int64_t cols = 0;
  int64_t first_row = 0;  // number of the first row in the whole matrix
  uint64_t seed = 0;      // rounding_seed() of the step
};

template <class Weight, class Gradient>
using UpdatePass = void (*)(const RowUpdate<Weight, Gradient>&, const StepConstants&);

/// One kernel for each rule, in the order of UpdateRules, for each pair of dtypes.
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

const UpdateKernels& update_kernels_default();
const UpdateKernels& update_kernels_avx2();
const UpdateKernels& update_kernels_avx512();

/// The kernels of the instruction set that cpu_instruction_set() chose.
const UpdateKernels& cpu_update_kernels();

}  // namespace spout
