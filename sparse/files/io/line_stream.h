// Reads lines of a pipe or terminal as they arrive. A writer who waits for the answer to each line
// gets it, and a writer who sends many lines is answered many at a time. gzip data are unpacked as
// they arrive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace spout {

class LineStream {
 public:
  /// Reads an open descriptor, which the owner closes.
  ///   name  what errors call it
  LineStream(int descriptor, std::string name);
  ~LineStream();
  LineStream(const LineStream&) = delete;
  LineStream& operator=(const LineStream&) = delete;

  /// Waits for a whole line and returns it with the lines that arrived along with it, each with its
  /// \n; only the very last may lack it. Returns nullopt at the end.
  ///   most  the most lines to return
  ///   throws FileError on a read error, and on damaged or truncated gzip data
  std::optional<std::string> next(int64_t most);

 private:
  class Unpacker;

  bool fill();
  std::string read_block();

  int descriptor_;
  std::string name_;
  std::string text_;                    // the text not yet returned
  size_t searched_ = 0;                 // its first bytes that are known to hold no end of a line
  std::unique_ptr<Unpacker> unpacker_;  // of gzip data; else null
  bool began_ = false;
  bool ended_ = false;
};

}  // namespace spout
