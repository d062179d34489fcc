#include "spout/losses/kernels/kernels.h"

#include "spout/losses/kernels/instruction_set.h"

namespace spout {

const CpuKernels& cpu_kernels() {
  switch (cpu_instruction_set()) {
#if defined(SPOUT_X86_KERNELS)
    case InstructionSet::kAvx512:
      return kernels_avx512();
    case InstructionSet::kAvx2:
      return kernels_avx2();
#endif
    default:
      return kernels_default();
  }
}

}  // namespace spout
