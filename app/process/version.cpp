#include "spout/app/process/version.h"

#include <torch/version.h>

#include <fmt/format.h>

#include "spout/losses/kernels/kernels.h"

namespace spout {

std::string version_text() {
#if defined(SPOUT_WITH_CUDA)
  constexpr const char* kCuda = "yes";
#else
  constexpr const char* kCuda = "no";
#endif
  return fmt::format("spout {} (torch {}, CUDA kernels: {}, CPU kernels: {})", SPOUT_VERSION,
                     TORCH_VERSION, kCuda, cpu_kernels().instruction_set);
}

}  // namespace spout
