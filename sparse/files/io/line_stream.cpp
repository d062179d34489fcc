#include "spout/sparse/files/io/line_stream.h"

#include <fmt/format.h>
#include <unistd.h>

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

bool LineStream::fill() {
  if (ended_) return false;
  const size_t size = text_.size();
  text_.resize(size + kBlockBytes);
  ssize_t got = -1;
  do {
    got = ::read(descriptor_, text_.data() + size, kBlockBytes);
  } while (got < 0 && errno == EINTR);
  text_.resize(size + static_cast<size_t>(got < 0 ? 0 : got));
  if (got < 0) throw FileError(fmt::format("{}: cannot read: {}", name_, std::strerror(errno)));
  if (!began_ && text_.starts_with(kGzipMagic)) {
    throw FileError(name_ + ": expected lines of text, found gzip data; zcat FILE | spout ...");
  }
  began_ = true;
  ended_ = got == 0;
  return !ended_;
}

}  // namespace spout
