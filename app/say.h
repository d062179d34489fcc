// What a person reads while a command works, on stderr. That nobody can read it (a closed terminal,
// a full disk behind a log) is no reason to stop.
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>

namespace spout {

void say_text(const std::string& text);

/// fmt::print to stderr that never throws for the stream.
template <class... Arguments>
void say(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  say_text(fmt::format(format, std::forward<Arguments>(arguments)...));
}

}  // namespace spout
