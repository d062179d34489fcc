#include "spout/losses/chunked/block_size.h"

#include <algorithm>
#include <limits>

namespace spout {

int64_t chunked_block_labels(int64_t n, int64_t num_labels, const at::TensorOptions& scores) {
  constexpr int64_t kFewest = 1024;
  const bool cuda = scores.device().is_cuda();
  const int64_t score_bytes = int64_t{1} << (cuda ? 25 : 20);
  const int64_t most = cuda ? std::numeric_limits<int64_t>::max() : 8192;
  const auto element = static_cast<int64_t>(scores.dtype().itemsize());
  const int64_t fitting = score_bytes / (std::max<int64_t>(n, 1) * element);
  const int64_t rounded = std::clamp(fitting / kFewest * kFewest, kFewest, most);
  return std::clamp<int64_t>(num_labels, 1, rounded);
}

bool keeps_scores(const Loss& loss, const ChunkedOptions& options, int64_t n, int64_t num_labels,
                  at::ScalarType dtype) {
  const double bytes = static_cast<double>(n) * static_cast<double>(num_labels) *
                       static_cast<double>(c10::elementSize(dtype));
  return loss.needs_whole_rows() && bytes <= static_cast<double>(options.kept_score_bytes);
}

}  // namespace spout
