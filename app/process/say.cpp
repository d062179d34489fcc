#include "spout/app/process/say.h"

#include <cstdio>

namespace spout {

void say_text(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

}  // namespace spout
