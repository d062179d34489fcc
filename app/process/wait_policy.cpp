// OpenMP reads its policy from the environment when its library is loaded, before main(). Setting
// it would mean to start the program a second time, which takes 0.3 s. But libgomp lets idle
// threads spin for a few hundred rounds only, and then sleep, once it manages more threads than
// there are processors. So a second team of threads is made, which sleeps for good.
#include "spout/app/process/wait_policy.h"

#include <ATen/Parallel.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

namespace spout {

void prefer_sleeping_threads() {
  if (std::getenv("OMP_WAIT_POLICY") != nullptr || std::getenv("GOMP_SPINCOUNT") != nullptr) return;
  std::thread([] {
    // Each thread that works on loops in parallel has a team of its own.
    at::parallel_for(0, at::get_num_threads(), 1, [](int64_t, int64_t) {});
    for (;;)
      ::pause();
  }).detach();
}

}  // namespace spout
