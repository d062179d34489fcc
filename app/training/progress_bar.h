// Shows the progress of a run on stderr: a bar on a terminal, plain lines elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace spout {

class ProgressBar {
 public:
  /// Starts the clock.
  ///   steps_done  steps that earlier processes of the run have done
  ProgressBar(int64_t total_steps, int64_t steps_done);

  /// Shows the state of the run if it was last shown long enough ago.
  ///   epochs  in all; 0: unknown      rows  of this step
  void update(int64_t step, int64_t epoch, int64_t epochs, double loss, int64_t rows);

  /// Shows the share of something that is done, from 0 to 1, as seldom.
  void update_share(const std::string& what, double share);

  /// Prints a line that stays above the bar.
  void line(const std::string& text);

 private:
  using Clock = std::chrono::steady_clock;

  /// Whether the state was last shown long enough ago; if so, it counts as shown now.
  bool is_time();
  /// Shows a state in the place of the last one, with the share that is done.
  void show(double share, const std::string& state) const;

  int64_t total_steps_;
  int64_t first_step_;
  int64_t rows_ = 0;
  bool terminal_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_ = start_;
};

}  // namespace spout
