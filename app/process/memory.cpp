#include "spout/app/process/memory.h"

#include <ATen/DeviceAccelerator.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>

namespace spout {
namespace {

constexpr double kMiB = 1 << 20;

/// The number after the word `key` in a file of "key number" lines; nullopt if there is none.
std::optional<double> number_after(const char* path, const std::string& key) {
  std::ifstream file(path);
  std::string word;
  while (file >> word) {
    double number = 0;
    if (word == key && file >> number) return number;
  }
  return std::nullopt;
}

/// The number that a file consists of; nullopt if it is a word ("max") or cannot be read.
std::optional<double> only_number(const char* path) {
  std::ifstream file(path);
  double number = 0;
  return file >> number ? std::optional(number) : std::nullopt;
}

}  // namespace

double available_memory(c10::Device device) {
  if (!device.is_cpu()) {
    return static_cast<double>(at::accelerator::getMemoryInfo(device.index()).first);
  }
  double available = std::numeric_limits<double>::infinity();
  if (const auto kib = number_after("/proc/meminfo", "MemAvailable:")) available = *kib * 1024;
  const auto limit = only_number("/sys/fs/cgroup/memory.max");
  const auto used = only_number("/sys/fs/cgroup/memory.current");
  if (limit && used) {
    // Cached files count as used, but the kernel drops them when memory is needed.
    const double cached = number_after("/sys/fs/cgroup/memory.stat", "inactive_file").value_or(0);
    available = std::min(available, std::max(*limit - *used + cached, 0.0));
  }
  return available;
}

std::string bytes_text(double bytes) {
  if (bytes >= 1024 * kMiB) return fmt::format("{:.1f} GiB", bytes / (1024 * kMiB));
  return fmt::format("{:.0f} MiB", bytes / kMiB);
}

}  // namespace spout
