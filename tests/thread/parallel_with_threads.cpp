// at::internal::invoke_parallel with a thread of its own for each part, all of which the thread
// sanitizer sees begin and end. The parts are those of OpenMP's.
#include <ATen/Parallel.h>

#include <algorithm>
#include <exception>
#include <thread>
#include <vector>

namespace at::internal {

void invoke_parallel(const int64_t begin, const int64_t end, const int64_t grain_size,
                     const std::function<void(int64_t, int64_t)>& f) {
  int64_t count = at::get_num_threads();
  if (grain_size > 0) count = std::min(count, divup(end - begin, grain_size));
  const int64_t part = divup(end - begin, count);
  std::vector<std::exception_ptr> errors(static_cast<size_t>(count));
  const auto run = [&](int64_t i) {
    const int64_t first = begin + i * part;
    if (first >= end) return;
    try {
      const ThreadIdGuard guard(static_cast<int>(i));
      f(first, std::min(end, first + part));
    } catch (...) {
      errors[static_cast<size_t>(i)] = std::current_exception();
    }
  };
  std::vector<std::thread> threads;
  threads.reserve(static_cast<size_t>(count));
  for (int64_t i = 1; i < count; ++i)
    threads.emplace_back(run, i);
  run(0);
  for (std::thread& thread : threads)
    thread.join();
  for (const std::exception_ptr& error : errors) {
    if (error != nullptr) std::rethrow_exception(error);
  }
}

}  // namespace at::internal
