#include "spout/losses/kernels/instruction_set.h"

#include <c10/util/Exception.h>

#include <cstdlib>
#include <string_view>

namespace spout {
namespace {

InstructionSet choose() {
  const char* wish = std::getenv("SPOUT_INSTRUCTION_SET");
  const std::string_view limit = wish == nullptr ? "" : wish;
  TORCH_CHECK_VALUE(limit.empty() || limit == "default" || limit == "avx2" || limit == "avx512",
                    "SPOUT_INSTRUCTION_SET: expected default, avx2 or avx512, found '", limit, "'");
#if defined(SPOUT_X86_KERNELS)
  const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool has_avx512 = has_avx2 && __builtin_cpu_supports("avx512f") &&
                          __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (has_avx512 && (limit.empty() || limit == "avx512")) return InstructionSet::kAvx512;
  if (has_avx2 && limit != "default") return InstructionSet::kAvx2;
#endif
  return InstructionSet::kDefault;
}

}  // namespace

InstructionSet cpu_instruction_set() {
  static const InstructionSet kChosen = choose();
  return kChosen;
}

bool cpu_multiplies_bf16() {
#if defined(SPOUT_X86_KERNELS)
  return cpu_instruction_set() == InstructionSet::kAvx512 &&
         static_cast<bool>(__builtin_cpu_supports("avx512bf16"));
#else
  return false;
#endif
}

}  // namespace spout
