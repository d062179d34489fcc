// Entry points of the CPU kernels, compiled once per instruction set (elementwise_kernel.cpp) and
// chosen at run time by what the processor has.
#pragma once

#include <array>
#include <cstdint>

#include "losses/formulas.h"

namespace spout {

/// Sum of f0 over z[0..count); where gradient is not null, gradient[i] = scale * f0'(z[i]).
/// gradient may be z itself. Partial sums of 1,024 entries are kept in f32, the rest in f64.
using ElementwisePass = double (*)(const float* z, float* gradient, int64_t count, float scale);

/// log(sum(exp(z[0..count)))), without overflow; -infinity for count 0.
using LogSumExp = double (*)(const float* z, int64_t count);

/// gradient[i] = scale * exp(z[i] - log_sum_exp). gradient may be z itself.
using SoftmaxPass = void (*)(const float* z, float* gradient, int64_t count, float log_sum_exp,
                             float scale);

struct CpuKernels {
  const char* instruction_set;
  std::array<ElementwisePass, kNumElementwise> elementwise;  // in the order of the list
  LogSumExp log_sum_exp;
  SoftmaxPass softmax;
};

const CpuKernels& kernels_default();
const CpuKernels& kernels_avx2();
const CpuKernels& kernels_avx512();

/// The best set for this processor; SPOUT_INSTRUCTION_SET=default|avx2|avx512 lowers the choice.
const CpuKernels& cpu_kernels();

}  // namespace spout
