#include "spout/app/run/run_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "spout/app/options/option.h"

namespace spout {

RunLock::RunLock(const std::string& folder)
    : descriptor_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (descriptor_ < 0) {
    throw UserError(fmt::format("{}: cannot open this folder: {}", folder, std::strerror(errno)));
  }
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  ::close(descriptor_);
  throw UserError(fmt::format("{}: another spout is training in this folder", folder));
}

RunLock::~RunLock() {
  ::close(descriptor_);
}

}  // namespace spout
