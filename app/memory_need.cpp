#include "app/memory_need.h"

#include <algorithm>
#include <fstream>
#include <limits>

#include <fmt/format.h>

#include "models/model_table.h"

namespace spout {
namespace {

constexpr int64_t kFloatBytes = 4;
constexpr int64_t kLibraryBytes = int64_t{450} << 20;  // LibTorch itself (CUDA wheel), measured
constexpr int64_t kScoreCopies = 2;                    // scores, and what autograd keeps

/// The number after `key` in a file of "key: number" lines, or of a file that is one number.
int64_t read_number(const std::string& path, const std::string& key) {
  std::ifstream file(path);
  std::string word;
  while (file >> word) {
    if (key.empty() || word == key) {
      int64_t number = 0;
      if (key.empty() ? std::all_of(word.begin(), word.end(), ::isdigit) : bool(file >> number)) {
        return key.empty() ? std::stoll(word) : number;
      }
    }
  }
  return -1;
}

}  // namespace

MemoryNeed memory_need(const TrainOptions& options, const ModelShape& shape, int64_t data_bytes) {
  const int64_t weights =
      find_model(options.model).num_weights(shape, options.model_options) * kFloatBytes;
  const int64_t state =
      find_optimizer(options.optimizer).state_per_weight(options.optimizer_options);
  int64_t hidden = 0;
  for (const int64_t width : options.model_options.hidden)
    hidden += width;
  MemoryNeed need;
  need.weights = weights;
  need.gradients = weights;
  need.optimizer = state * weights;
  need.workspace = options.batch_size * (kScoreCopies * shape.labels + 4 * hidden) * kFloatBytes;
  need.data = data_bytes;
  need.libraries = kLibraryBytes;
  return need;
}

int64_t available_memory() {
  int64_t available = std::numeric_limits<int64_t>::max();
  const int64_t machine_kib = read_number("/proc/meminfo", "MemAvailable:");
  if (machine_kib >= 0) available = machine_kib * 1024;
  const int64_t limit = read_number("/sys/fs/cgroup/memory.max", "");
  const int64_t used = read_number("/sys/fs/cgroup/memory.current", "");
  if (limit >= 0 && used >= 0) available = std::min(available, std::max<int64_t>(limit - used, 0));
  return available;
}

std::string bytes_text(int64_t bytes) {
  const auto value = static_cast<double>(bytes);
  if (bytes >= (int64_t{1} << 30)) return fmt::format("{:.1f} GiB", value / 1073741824.0);
  return fmt::format("{:.0f} MiB", value / 1048576.0);
}

std::string memory_text(const MemoryNeed& need) {
  return fmt::format(
      "weights {} + gradients {} + optimizer {} + workspace {} + data {} + libraries {} = {}",
      bytes_text(need.weights), bytes_text(need.gradients), bytes_text(need.optimizer),
      bytes_text(need.workspace), bytes_text(need.data), bytes_text(need.libraries),
      bytes_text(need.total()));
}

void check_memory(const MemoryNeed& need, const TrainOptions& options, const ModelShape& shape) {
  // Data and libraries are in memory already: what is free is without them.
  const int64_t available = available_memory() + need.data + need.libraries;
  if (need.total() <= available) return;
  std::string advice = "a smaller --batch-size";
  if (options.model == "linear") {
    advice = fmt::format("--model mlp --hidden 256 ({} of weights)",
                         bytes_text((shape.features + shape.labels) * 256 * kFloatBytes));
  } else if (need.weights > need.workspace) {
    advice = "a smaller --hidden, or --optimizer sgd, which keeps no state";
  }
  throw UserError(fmt::format("this training needs {}, but {} are free ({}); try {}",
                              bytes_text(need.total()), bytes_text(available), memory_text(need),
                              advice));
}

}  // namespace spout
