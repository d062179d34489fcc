// The bytes are written to a temporary file, flushed, and renamed.
#include "spout/sparse/files/io/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "spout/sparse/base/error.h"

namespace spout {
namespace {

namespace fs = std::filesystem;

constexpr size_t kWriteBytes = size_t{1} << 30;  // write(2) takes a little less than 2 GiB at once

constexpr std::string_view kBegin = ".spout-";  // how temporary names begin and end
constexpr std::string_view kEnd = ".tmp";

[[noreturn]] void throw_exists(const std::string& path) {
  throw FileExists(path);
}

// Checks that `path` can be written and returns the file to replace, with links resolved.
std::string checked_target(const std::string& path, bool overwrite) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (path.empty() || path.back() == '/' || fs::is_directory(status)) {
    throw FileError(fmt::format("{}: expected the name of a file to write, found a folder", path));
  }
  if (fs::exists(status)) {
    if (!fs::is_regular_file(status)) {
      throw FileError(path + ": expected the name of a file to write, found a device or pipe");
    }
    if (!overwrite) throw_exists(path);
    if (::access(path.c_str(), W_OK) != 0) {
      throw FileError(fmt::format("{}: cannot write: {}", path, std::strerror(errno)));
    }
    return fs::canonical(path).string();
  }
  if (fs::is_symlink(fs::symlink_status(path, ignored))) {
    throw FileError(path +
                    ": expected the name of a file to write, found a link that leads nowhere");
  }
  const fs::path folder = fs::path(path).parent_path();
  if (!folder.empty() && !fs::is_directory(folder, ignored)) {
    throw FileError(fmt::format("{}: cannot write: there is no folder {}", path, folder.string()));
  }
  return path;
}

std::string temporary_name(const std::string& target) {
  static std::atomic<unsigned> counter = 0;
  const std::string name = fmt::format("{}{}-{}{}", kBegin, ::getpid(), counter.fetch_add(1), kEnd);
  return (fs::path(target).parent_path() / name).string();
}

// Makes a rename durable. Errors are ignored: not every file system can do it, and the bytes of the
// file are safe by then.
void sync_folder(const std::string& file) {
  const fs::path folder = fs::path(file).parent_path();
  const int descriptor =
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

OutputFile::OutputFile(const std::string& path, bool overwrite)
    : path_(path), target_(checked_target(path, overwrite)), overwrite_(overwrite) {
  open_temporary();
}

void OutputFile::open_temporary() {
  do {
    temporary_ = temporary_name(target_);
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    // The name may be taken: an earlier process with the same number may have left such a file.
  } while (descriptor_ < 0 && errno == EEXIST);
  if (descriptor_ < 0) fail("cannot write");
  // On a file system without locks this fails, and is_left_unfinished() is false for every file.
  ::flock(descriptor_, LOCK_EX | LOCK_NB);
}

bool sync_file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool is_synced = ::fsync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP;
  const int error = errno;
  ::close(descriptor);
  errno = error;
  return is_synced;
}

bool is_left_unfinished(const std::string& path) {
  const std::string name = fs::path(path).filename().string();
  if (!name.starts_with(kBegin) || !name.ends_with(kEnd)) return false;
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool is_free = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0;
  ::close(descriptor);
  return is_free;
}

void check_output_file(const std::string& path, bool overwrite) {
  const OutputFile probe(path, overwrite);
}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!committed_) ::unlink(temporary_.c_str());
}

void OutputFile::fail(const char* doing) const {
  throw FileError(fmt::format("{}: {}: {}", path_, doing, std::strerror(errno)));
}

void OutputFile::write(const void* data, size_t size) {
  const auto* from = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t done = ::write(descriptor_, from, std::min(size, kWriteBytes));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) fail("cannot write");
    from += done;
    size -= static_cast<size_t>(done);
  }
}

void OutputFile::write_first(std::string_view text) {
  if (::lseek(descriptor_, 0, SEEK_SET) != 0) fail("cannot write");
  write(text);
  if (::lseek(descriptor_, 0, SEEK_END) < 0) fail("cannot write");
}

void OutputFile::commit() {
  // The file is flushed by name: a library may have replaced the one that was opened above. That
  // one stays open for its lock.
  if (!sync_file(temporary_)) fail("cannot write");
  std::error_code ignored;
  if (!overwrite_ && fs::exists(target_, ignored)) throw_exists(path_);
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail("cannot rename to this name");
  committed_ = true;
  sync_folder(target_);
}

}  // namespace spout
