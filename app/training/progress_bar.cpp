#include "spout/app/training/progress_bar.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "spout/app/process/say.h"

namespace spout {
namespace {

constexpr double kTerminalSeconds = 0.1;
constexpr double kPlainSeconds = 10.0;
constexpr int64_t kBarWidth = 24;

double seconds_between(std::chrono::steady_clock::time_point from,
                       std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

std::string time_left(double seconds) {
  const auto whole = std::llround(seconds);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace

ProgressBar::ProgressBar(int64_t total_steps, int64_t steps_done)
    : total_steps_(total_steps), first_step_(steps_done), terminal_(isatty(STDERR_FILENO) == 1) {}

bool ProgressBar::is_time() {
  const auto now = Clock::now();
  if (seconds_between(last_, now) < (terminal_ ? kTerminalSeconds : kPlainSeconds)) return false;
  last_ = now;
  return true;
}

void ProgressBar::show(double share, const std::string& state) const {
  if (!terminal_) {
    say("{}\n", state);
    return;
  }
  const auto filled =
      std::min(static_cast<int64_t>(share * static_cast<double>(kBarWidth)), kBarWidth);
  const std::string bar = std::string(static_cast<size_t>(filled), '#') +
                          std::string(static_cast<size_t>(kBarWidth - filled), '.');
  say("\r\033[K[{}] {}", bar, state);
}

void ProgressBar::update(int64_t step, int64_t epoch, int64_t epochs, double loss, int64_t rows) {
  rows_ += rows;
  if (!is_time()) return;
  const double elapsed = seconds_between(start_, last_);
  const auto here = static_cast<double>(step - first_step_);
  const double left = elapsed / here * static_cast<double>(total_steps_ - step);
  show(static_cast<double>(step) / static_cast<double>(total_steps_),
       fmt::format("epoch {}{}  step {}/{}  loss {:.4f}  {:.0f} rows/s  {} left", epoch,
                   epochs > 0 ? fmt::format("/{}", epochs) : "", step, total_steps_, loss,
                   static_cast<double>(rows_) / elapsed, time_left(left)));
}

void ProgressBar::update_share(const std::string& what, double share) {
  constexpr double kLeast = 0.01;  // below it the time left says nothing
  if (share < kLeast || !is_time()) return;
  const double left = seconds_between(start_, last_) * (1.0 - share) / share;
  show(share, fmt::format("{}  {:.0f} %  {} left", what, 100.0 * share, time_left(left)));
}

void ProgressBar::line(const std::string& text) {
  say("{}{}\n", terminal_ ? "\r\033[K" : "", text);
}

}  // namespace spout
