// Reads the lines of a text file, a gzip file or standard input, one view at a time and without a
// copy. zlib reads plain and compressed bytes alike. A mark keeps the bytes read since it was set,
// so that the first lines of a pipe, which cannot be reopened, can be read twice. Lines end in \n,
// \r\n, or \r alone, as old Macs wrote them.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spout {

/// What belongs to a line.
enum class LineText : uint8_t {
  kForeign,  // neither a byte order mark at the beginning of the file nor a \r
  kOwn,      // every byte except \n: for files that spout wrote
};

class LineReader {
 public:
  /// Opens `path`, or standard input for "-".
  ///   throws FileError on a missing file, a folder, a lack of permission
  explicit LineReader(const std::string& path, LineText text = LineText::kForeign);

  /// Reads lines that are in memory already.
  ///   name   the file, for errors      first  the number of the first line
  LineReader(std::string name, std::string_view text, int64_t first);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  /// Returns the next line without its end, valid until the next call; nullopt at the end.
  ///   throws FileError on a read error, a damaged or truncated gzip file, a line above 1 GiB, and
  ///   on gzip data that hold more than 256 MiB of text and more than 256 times their own size
  std::optional<std::string_view> next();

  /// The number of the line that next() returned last, from 1; 0 before the first.
  int64_t line() const { return line_; }

  /// The path as errors name it.
  const std::string& path() const { return path_; }

  /// Remembers the position of the next line. Until rewind(), memory grows by what is read.
  void mark();

  /// Goes back to the mark and forgets it.
  void rewind();

 private:
  bool fill();
  void check_ratio(int64_t got);
  void make_room();
  [[noreturn]] void throw_read_error(int code, const char* message) const;

  std::string path_;
  LineText text_ = LineText::kForeign;
  gzFile file_ = nullptr;  // null: all is in the buffer
  std::unique_ptr<char[]> buffer_;
  size_t capacity_ = 0;
  size_t begin_ = 0;  // where the next line begins in buffer_
  size_t end_ = 0;    // where the bytes read so far end in buffer_
  int64_t bytes_read_ = 0;
  int64_t line_ = 0;
  std::optional<size_t> mark_;
  int64_t mark_line_ = 0;
};

/// The lines with content among the next `most` ones, which the reader then returns once more. The
/// reader must have no mark.
std::vector<std::string> sample_lines(LineReader& reader, int64_t most);

}  // namespace spout
