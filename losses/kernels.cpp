#include "losses/kernels.h"

#include <c10/util/Exception.h>

#include <cstdlib>
#include <string_view>

namespace spout {
namespace {

struct KernelSet {
  const CpuKernels& scores;
  const UpdateKernels& updates;
  bool multiplies_bf16 = false;
};

KernelSet choose() {
  const char* wish = std::getenv("SPOUT_INSTRUCTION_SET");
  const std::string_view limit = wish == nullptr ? "" : wish;
  TORCH_CHECK_VALUE(limit.empty() || limit == "default" || limit == "avx2" || limit == "avx512",
                    "SPOUT_INSTRUCTION_SET: expected default, avx2 or avx512, found '", limit, "'");
#if defined(SPOUT_X86_KERNELS)
  const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool has_avx512 = has_avx2 && __builtin_cpu_supports("avx512f") &&
                          __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (has_avx512 && (limit.empty() || limit == "avx512")) {
    return {kernels_avx512(), update_kernels_avx512(),
            static_cast<bool>(__builtin_cpu_supports("avx512bf16"))};
  }
  if (has_avx2 && limit != "default") return {kernels_avx2(), update_kernels_avx2()};
#endif
  return {kernels_default(), update_kernels_default()};
}

const KernelSet& chosen() {
  static const KernelSet kKernels = choose();
  return kKernels;
}

}  // namespace

const CpuKernels& cpu_kernels() {
  return chosen().scores;
}

bool cpu_multiplies_bf16() {
  return chosen().multiplies_bf16;
}

const UpdateKernels& cpu_update_kernels() {
  return chosen().updates;
}

}  // namespace spout
