#include "spout/losses/optimizers/update_kernels.h"

#include "spout/losses/kernels/instruction_set.h"

namespace spout {

const UpdateKernels& cpu_update_kernels() {
  switch (cpu_instruction_set()) {
#if defined(SPOUT_X86_KERNELS)
    case InstructionSet::kAvx512:
      return update_kernels_avx512();
    case InstructionSet::kAvx2:
      return update_kernels_avx2();
#endif
    default:
      return update_kernels_default();
  }
}

}  // namespace spout
