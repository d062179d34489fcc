#include "spout/app/process/wait_policy.h"

#include <unistd.h>

#include <cstdlib>

namespace spout {

void prefer_sleeping_threads(char** argv) {
  if (std::getenv("OMP_WAIT_POLICY") != nullptr || std::getenv("GOMP_SPINCOUNT") != nullptr) return;
  if (::setenv("OMP_WAIT_POLICY", "PASSIVE", 1) != 0) return;
  ::execv("/proc/self/exe", argv);  // returns only if it failed; then threads spin
}

}  // namespace spout
