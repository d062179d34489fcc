// Reads in blocks of 256 KiB; the unfinished line moves to the front of the buffer before each
// block, and the buffer doubles where a line (or the bytes since the mark) needs more.
#include "spout/sparse/files/io/line_reader.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "spout/sparse/base/characters.h"
#include "spout/sparse/base/error.h"
#include "spout/sparse/files/io/input_file.h"

namespace spout {
namespace {

constexpr size_t kBlockBytes = size_t{1} << 18;
constexpr size_t kMaxLineBytes = size_t{1} << 30;
// Beyond kTrustedBytes of text, a compression ratio above kMaxGzipRatio is an error: a small file
// could unpack to a thousand times its size and take all memory.
constexpr int64_t kTrustedBytes = int64_t{1} << 28;
constexpr int64_t kMaxGzipRatio = 256;

/// Where a line ends, and the number of bytes of its end.
struct LineEnd {
  size_t at = 0;
  size_t bytes = 0;
};

/// Finds the end of the first line of a text; nullopt if more of the text has to be seen.
///   from  where to begin
std::optional<LineEnd> find_end(std::string_view text, size_t from, LineText kind) {
  const size_t newline = text.find('\n', from);
  const size_t stop = std::min(newline, text.size());
  const size_t first = kind == LineText::kOwn ? stop : text.substr(0, stop).find('\r', from);
  if (first < stop) {
    const size_t last = std::min(text.find_first_not_of('\r', first), text.size());
    if (last == text.size()) return std::nullopt;  // \n may follow
    if (last == newline) return LineEnd{first, last + 1 - first};
    return LineEnd{first, 1};
  }
  if (newline == std::string_view::npos) return std::nullopt;
  return LineEnd{newline, 1};
}

}  // namespace

LineReader::LineReader(const std::string& path, LineText text)
    : path_(path == "-" ? "standard input" : path), text_(text), capacity_(2 * kBlockBytes) {
  buffer_ = std::make_unique_for_overwrite<char[]>(capacity_);
  const int descriptor = path == "-" ? ::dup(STDIN_FILENO) : open_for_reading(path);
  if (descriptor < 0) {
    throw FileError(fmt::format("{}: cannot open: {}", path_, std::strerror(errno)));
  }
  file_ = gzdopen(descriptor, "rb");
  if (file_ == nullptr) {
    ::close(descriptor);
    throw FileError(fmt::format("{}: cannot open: out of memory", path_));
  }
  gzbuffer(file_, static_cast<unsigned>(kBlockBytes));
}

LineReader::LineReader(std::string name, std::string_view text, int64_t first)
    : path_(std::move(name)), capacity_(text.size()), end_(text.size()), line_(first - 1) {
  buffer_ = std::make_unique_for_overwrite<char[]>(capacity_);
  std::memcpy(buffer_.get(), text.data(), text.size());
}

LineReader::~LineReader() {
  if (file_ != nullptr) gzclose_r(file_);
}

std::optional<std::string_view> LineReader::next() {
  size_t searched = 0;
  std::optional<LineEnd> found;
  for (;;) {
    const std::string_view text(buffer_.get() + begin_, end_ - begin_);
    found = find_end(text, searched, text_);
    if (found) break;
    searched = text.size();
    while (searched > 0 && text[searched - 1] == '\r')
      --searched;
    if (searched > kMaxLineBytes) throw bad_line(path_, line_ + 1, "lines below 1 GiB");
    if (!fill()) break;
  }
  if (!found && begin_ == end_) return std::nullopt;
  if (!found) found = LineEnd{text_ == LineText::kOwn ? end_ - begin_ : searched, 0};
  std::string_view line(buffer_.get() + begin_, found->at);
  begin_ = found->bytes == 0 ? end_ : begin_ + found->at + found->bytes;
  ++line_;
  if (text_ == LineText::kOwn) return line;
  if (line_ == 1 && (line.starts_with("\xFF\xFE") || line.starts_with("\xFE\xFF"))) {
    throw FileError(path_ + ": expected text in UTF-8, found UTF-16; save it as UTF-8");
  }
  if (line_ == 1 && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  return line;
}

void LineReader::mark() {
  mark_ = begin_;
  mark_line_ = line_;
}

void LineReader::rewind() {
  if (!mark_) return;
  begin_ = *mark_;
  line_ = mark_line_;
  mark_.reset();
}

void LineReader::make_room() {
  const size_t keep = mark_ ? *mark_ : begin_;
  const size_t length = end_ - keep;
  if (length + kBlockBytes > capacity_) {
    capacity_ *= 2;
    auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
    std::memcpy(larger.get(), buffer_.get() + keep, length);
    buffer_ = std::move(larger);
  } else if (keep > 0) {
    std::memmove(buffer_.get(), buffer_.get() + keep, length);
  }
  begin_ -= keep;
  end_ = length;
  if (mark_) mark_ = 0;
}

bool LineReader::fill() {
  if (file_ == nullptr) return false;
  make_room();
  errno = 0;
  const int got = gzread(file_, buffer_.get() + end_, static_cast<unsigned>(kBlockBytes));
  int code = Z_OK;
  const char* message = gzerror(file_, &code);
  if (got < 0 || (code != Z_OK && code != Z_STREAM_END)) throw_read_error(code, message);
  end_ += static_cast<size_t>(got);
  check_ratio(got);
  return got > 0;
}

void LineReader::check_ratio(int64_t got) {
  bytes_read_ += got;
  if (bytes_read_ <= kTrustedBytes) return;
  const int64_t packed_bytes = gzoffset(file_);  // -1 for a pipe
  if (packed_bytes < 0 || bytes_read_ / kMaxGzipRatio <= packed_bytes) return;
  throw FileError(fmt::format("{}: expected gzip data of text, found {} bytes packed into {}",
                              path_, bytes_read_, packed_bytes));
}

void LineReader::throw_read_error(int code, const char* message) const {
  if (code == Z_BUF_ERROR) {
    throw FileError(path_ + ": expected more gzip data, found the end of the file (truncated)");
  }
  if (code == Z_ERRNO) {
    throw FileError(fmt::format("{}: cannot read: {}", path_, std::strerror(errno)));
  }
  throw FileError(fmt::format("{}: expected sound gzip data, found damage ({})", path_, message));
}

std::vector<std::string> sample_lines(LineReader& reader, int64_t most) {
  std::vector<std::string> lines;
  reader.mark();
  for (int64_t i = 0; i < most; ++i) {
    const auto line = reader.next();
    if (!line) break;
    if (!without_trailing_blanks(*line).empty()) lines.emplace_back(*line);
  }
  reader.rewind();
  return lines;
}

}  // namespace spout
