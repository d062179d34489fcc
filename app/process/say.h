// Messages to the user on stderr while a command works. If they cannot be written (a closed
// terminal, a log on a full disk), the command goes on without them.
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>

namespace spout {

/// Writes a text to stderr and ignores errors of the stream.
void say_text(const std::string& text);

/// While it exists, nothing is said.
class Silence {
 public:
  Silence();
  ~Silence();
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;
};

/// Does what fmt::print to stderr does, but ignores errors of the stream.
template <class... Arguments>
void say(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  say_text(fmt::format(format, std::forward<Arguments>(arguments)...));
}

}  // namespace spout
