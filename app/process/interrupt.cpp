#include "spout/app/process/interrupt.h"

#include <csignal>

namespace spout {
namespace {

volatile std::sig_atomic_t mark = 0;

void on_signal(int /*number*/) {
  mark = 1;
  std::signal(SIGINT, SIG_DFL);  // the second signal of any kind stops at once
  std::signal(SIGTERM, SIG_DFL);
  if (std::signal(SIGHUP, SIG_DFL) == SIG_IGN) std::signal(SIGHUP, SIG_IGN);
}

}  // namespace

void catch_interrupts() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  if (std::signal(SIGHUP, on_signal) == SIG_IGN) std::signal(SIGHUP, SIG_IGN);  // as nohup asks
  std::signal(SIGPIPE, SIG_IGN);
}

bool interrupted() {
  return mark != 0;
}

}  // namespace spout
