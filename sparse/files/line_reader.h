// The lines of a text file, a gzip file or standard input, one view at a time and without a copy.
// zlib reads plain and compressed bytes alike. A mark keeps the bytes read since it was set, so
// that a format can be found out from the first lines even of a pipe, which cannot be reopened.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace spout {

class LineReader {
 public:
  /// Opens `path`, or standard input for "-".
  ///   throws FileError on a missing file, a folder, a lack of permission
  explicit LineReader(const std::string& path);

  /// Reads lines that are in memory already, from line number `first` of `name`.
  LineReader(std::string name, std::string_view text, int64_t first);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  /// The next line without its \n or \r\n, valid until the next call; nothing at the end.
  ///   throws FileError on a read error, a damaged or truncated gzip file, a line above 1 GiB, and
  ///   on a gzip file above 256 MiB whose text is 256 times larger than it
  std::optional<std::string_view> next();

  /// Number of the line that next() gave last, from 1; 0 before the first.
  int64_t line() const { return line_; }

  /// The path as errors name it.
  const std::string& path() const { return path_; }

  /// Remembers the place of the next line; memory grows by what is read until rewind().
  void mark();

  /// Goes back to the mark and forgets it.
  void rewind();

 private:
  bool fill();
  void check_ratio(int64_t got);
  void make_room();
  [[noreturn]] void throw_read_error(int code, const char* message) const;

  std::string path_;
  gzFile file_ = nullptr;  // null: all is in the buffer
  std::unique_ptr<char[]> buffer_;
  size_t capacity_ = 0;
  size_t begin_ = 0;  // of the next line
  size_t end_ = 0;    // of what was read
  int64_t bytes_read_ = 0;
  int64_t line_ = 0;
  std::optional<size_t> mark_;
  int64_t mark_line_ = 0;
};

}  // namespace spout
