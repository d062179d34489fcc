// Ctrl-C, SIGTERM and a closed terminal: the first asks the program to save and stop, the second
// stops it at once.
#pragma once

namespace spout {

/// From now on the first signal only sets a mark, and a reader of the output that goes away is no
/// reason to stop.
void catch_interrupts();

bool interrupted();

/// Thrown after the state was saved, where it can be; exit code 130.
struct Interrupted {
  bool is_saved = true;
};

}  // namespace spout
