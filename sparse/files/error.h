// What went wrong with a file, in one line for the person who named it.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace spout {

/// A file that cannot be read, understood or written. what() is one line, complete with the path.
class FileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// FileError "path:line: expected ..., found ...": `expected` may go on to say what was found.
///   line  1-based
inline FileError bad_line(const std::string& path, int64_t line, const std::string& expected) {
  return FileError(path + ":" + std::to_string(line) + ": expected " + expected);
}

}  // namespace spout
