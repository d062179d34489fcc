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

void ProgressBar::update(int64_t step, int64_t epoch, int64_t epochs, double loss, int64_t rows) {
  rows_ += rows;
  const auto now = Clock::now();
  if (seconds_between(last_, now) < (terminal_ ? kTerminalSeconds : kPlainSeconds)) return;
  last_ = now;
  const double elapsed = seconds_between(start_, now);
  const auto here = static_cast<double>(step - first_step_);
  const double left = elapsed / here * static_cast<double>(total_steps_ - step);
  const std::string state =
      fmt::format("epoch {}{}  step {}/{}  loss {:.4f}  {:.0f} rows/s  {} left", epoch,
                  epochs > 0 ? fmt::format("/{}", epochs) : "", step, total_steps_, loss,
                  static_cast<double>(rows_) / elapsed, time_left(left));
  if (!terminal_) {
    say("{}\n", state);
    return;
  }
  const int64_t filled = kBarWidth * std::min(step, total_steps_) / total_steps_;
  const std::string bar = std::string(static_cast<size_t>(filled), '#') +
                          std::string(static_cast<size_t>(kBarWidth - filled), '.');
  say("\r\033[K[{}] {}", bar, state);
}

void ProgressBar::line(const std::string& text) {
  say("{}{}\n", terminal_ ? "\r\033[K" : "", text);
}

}  // namespace spout
