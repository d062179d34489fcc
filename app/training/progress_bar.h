// What a person sees while a run goes on: a bar on a terminal, plain lines elsewhere. On stderr.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace spout {

class ProgressBar {
 public:
  /// steps_done   before this process took over
  ProgressBar(int64_t total_steps, int64_t steps_done);

  /// Shows the state if enough time has passed since the last time.
  void update(int64_t step, int64_t epoch, int64_t epochs, double loss, int64_t rows);

  /// Prints a line that stays, above the bar.
  void line(const std::string& text);

 private:
  using Clock = std::chrono::steady_clock;

  int64_t total_steps_;
  int64_t first_step_;
  int64_t rows_ = 0;
  bool terminal_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_ = start_;
};

}  // namespace spout
