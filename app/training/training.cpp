#include "spout/app/training/training.h"

#include <fmt/format.h>

namespace spout {

std::string count_epochs(int64_t epochs) {
  return fmt::format("{} {}", epochs, epochs == 1 ? "epoch" : "epochs");
}

}  // namespace spout
