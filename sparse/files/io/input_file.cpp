// Byte streams over a file descriptor and over memory.
#include "spout/sparse/files/io/input_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "spout/sparse/base/error.h"

namespace spout {
namespace {

constexpr size_t kReadBytes = size_t{1} << 30;  // read(2) takes a little less than 2 GiB at once

[[noreturn]] void throw_too_short(const std::string& name, size_t wanted, uint64_t left) {
  throw FileError(fmt::format("{}: expected {} more bytes, found {}", name, wanted, left));
}

}  // namespace

int open_for_reading(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    throw FileError(fmt::format("{}: cannot open: {}", path, std::strerror(errno)));
  }
  struct stat status = {};
  if (::fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode)) {
    ::close(descriptor);
    throw FileError(fmt::format("{}: expected a file, found a folder", path));
  }
  return descriptor;
}

FileSource::FileSource(const std::string& path) : path_(path), descriptor_(open_for_reading(path)) {
  struct stat status = {};
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor_);
    throw FileError(fmt::format("{}: expected a regular file, found a pipe or device", path));
  }
  remaining_ = static_cast<uint64_t>(status.st_size);
}

FileSource::~FileSource() {
  ::close(descriptor_);
}

void FileSource::read(void* to, size_t size) {
  if (size > remaining_) throw_too_short(path_, size, remaining_);
  auto* out = static_cast<char*>(to);
  while (size > 0) {
    const ssize_t got = ::read(descriptor_, out, std::min(size, kReadBytes));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw FileError(fmt::format("{}: cannot read: {}", path_, std::strerror(errno)));
    if (got == 0) throw_too_short(path_, size, 0);
    out += got;
    size -= static_cast<size_t>(got);
    remaining_ -= static_cast<uint64_t>(got);
  }
}

void MemorySource::read(void* to, size_t size) {
  if (size > bytes_.size()) throw_too_short(name_, size, bytes_.size());
  if (size > 0) std::memcpy(to, bytes_.data(), size);
  bytes_.remove_prefix(size);
}

std::string read_whole_file(const std::string& path) {
  FileSource source(path);
  std::string bytes(source.remaining(), '\0');
  source.read(bytes.data(), bytes.size());
  return bytes;
}

}  // namespace spout
