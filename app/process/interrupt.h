// Signals that end a training: Ctrl-C, SIGTERM, or SIGHUP from a closed terminal. The first one
// asks the program to save its state and stop; the second stops it at once.
#pragma once

namespace spout {

/// Makes the first signal set a mark only, and ignores SIGPIPE, so that a reader of the output that
/// goes away does not end the training.
void catch_interrupts();

/// Whether a signal has set the mark.
bool interrupted();

/// Thrown when a training stops after a signal; exit code 130.
struct Interrupted {
  bool is_saved = true;  // false for models that have no state to save before they are done
};

}  // namespace spout
