#include "spout/sparse/files/io/line_stream.h"

#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "spout/sparse/base/error.h"

namespace spout {
namespace {

constexpr size_t kBlockBytes = size_t{1} << 18;
constexpr std::string_view kGzipMagic = "\x1f\x8b";

/// The length of the first `most` whole lines of a text, or of all of them if there are fewer.
size_t length_of_lines(std::string_view text, int64_t most) {
  size_t length = 0;
  for (int64_t line = 0; line < most; ++line) {
    const size_t newline = text.find('\n', length);
    if (newline == std::string_view::npos) break;
    length = newline + 1;
  }
  return length;
}

}  // namespace

std::optional<std::string> LineStream::next(int64_t most) {
  while (text_.find('\n', searched_) == std::string::npos) {
    searched_ = text_.size();
    if (!fill()) break;
  }
  if (text_.empty()) return std::nullopt;
  size_t length = length_of_lines(text_, most);
  if (length == 0) length = text_.size();  // the last line lacks its \n
  std::string lines = text_.substr(0, length);
  text_.erase(0, length);
  searched_ = 0;
  return lines;
}

/// Unpacks gzip data piece by piece.
class LineStream::Unpacker {
 public:
  explicit Unpacker(std::string name) : name_(std::move(name)) {
    constexpr int kGzip = 15 + 16;  // the largest window, and gzip's header
    if (::inflateInit2(&stream_, kGzip) != Z_OK) throw FileError(name_ + ": out of memory");
  }
  ~Unpacker() { ::inflateEnd(&stream_); }
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;

  /// Whether the data may end here.
  bool is_complete() const { return is_complete_; }

  /// Appends what a block holds to `text`.
  void unpack(std::string& block, std::string& text) {
    stream_.next_in = reinterpret_cast<Bytef*>(block.data());
    stream_.avail_in = static_cast<uInt>(block.size());
    bool is_full = false;
    while (stream_.avail_in > 0 || is_full) {
      if (is_complete_) ::inflateReset(&stream_);  // one more gzip file follows
      is_complete_ = false;
      const size_t size = text.size();
      text.resize(size + kBlockBytes);
      stream_.next_out = reinterpret_cast<Bytef*>(text.data() + size);
      stream_.avail_out = static_cast<uInt>(kBlockBytes);
      const int code = ::inflate(&stream_, Z_SYNC_FLUSH);
      is_full = stream_.avail_out == 0;
      text.resize(text.size() - stream_.avail_out);
      is_complete_ = code == Z_STREAM_END;
      if (is_complete_) is_full = false;
      if (code == Z_BUF_ERROR) break;  // there was nothing left to unpack
      if (code != Z_OK && !is_complete_) {
        throw FileError(name_ + ": expected sound gzip data, found damage");
      }
    }
  }

 private:
  std::string name_;
  z_stream stream_{};
  bool is_complete_ = false;
};

LineStream::LineStream(int descriptor, std::string name)
    : descriptor_(descriptor), name_(std::move(name)) {}

LineStream::~LineStream() = default;

std::string LineStream::read_block() {
  std::string block(kBlockBytes, '\0');
  ssize_t got = -1;
  do {
    got = ::read(descriptor_, block.data(), block.size());
  } while (got < 0 && errno == EINTR);
  if (got < 0) throw FileError(fmt::format("{}: cannot read: {}", name_, std::strerror(errno)));
  block.resize(static_cast<size_t>(got));
  return block;
}

bool LineStream::fill() {
  if (ended_) return false;
  std::string block = read_block();
  if (!began_ && block == kGzipMagic.substr(0, 1)) block += read_block();
  if (!began_ && block.starts_with(kGzipMagic)) unpacker_ = std::make_unique<Unpacker>(name_);
  began_ = true;
  ended_ = block.empty();
  if (unpacker_ == nullptr) {
    text_ += block;
  } else if (!ended_) {
    unpacker_->unpack(block, text_);
  } else if (!unpacker_->is_complete()) {
    throw FileError(name_ + ": expected more gzip data, found the end (truncated)");
  }
  return !ended_;
}

}  // namespace spout
