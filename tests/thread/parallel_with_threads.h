// Comes before everything else in a build for the thread sanitizer: at::parallel_for then calls
// at::internal::invoke_parallel, as in a torch that was built without OpenMP. The sanitizer does
// not see how OpenMP's threads wait for each other, and would take every loop for a race.
#pragma once

#include <ATen/Config.h>

#undef AT_PARALLEL_OPENMP
#undef AT_PARALLEL_NATIVE
#define AT_PARALLEL_OPENMP 0
#define AT_PARALLEL_NATIVE 1
