#include "app/interrupt.h"

#include <csignal>

namespace spout {
namespace {

volatile std::sig_atomic_t mark = 0;

void on_signal(int /*number*/) {
  mark = 1;
  std::signal(SIGINT, SIG_DFL);  // the second of either kind stops at once
  std::signal(SIGTERM, SIG_DFL);
}

}  // namespace

void catch_interrupts() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

bool interrupted() {
  return mark != 0;
}

}  // namespace spout
