// Lines of a pipe or terminal as they arrive: whoever writes a line is answered before the next one
// is there, and whoever writes many is answered many at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace spout {

class LineStream {
 public:
  /// Reads an open descriptor, which stays its owner's. Errors call it `name`.
  LineStream(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}

  /// Waits for a whole line and returns it with those that came along, each with its \n; the last
  /// of all may lack it. Nothing at the end.
  ///   most  so many lines at the most
  ///   throws FileError where it cannot be read, or holds gzip data
  std::optional<std::string> next(int64_t most);

 private:
  bool fill();

  int descriptor_;
  std::string name_;
  std::string text_;     // not yet returned
  size_t searched_ = 0;  // of it, without a line's end in between
  bool began_ = false;
  bool ended_ = false;
};

}  // namespace spout
