#include "spout/losses/chunked/score_blocks.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>

#include <algorithm>

#include "spout/losses/kernels/instruction_set.h"

namespace spout {

int64_t count_lanes(const at::TensorOptions& options, int64_t num_labels, int64_t size) {
  if (options.device().is_cuda()) return 1;
  const int64_t num_blocks = (num_labels + size - 1) / size;
  return std::clamp<int64_t>(num_blocks, 1, at::get_num_threads());
}

ScoreBlocks::ScoreBlocks(int64_t rows, const at::Tensor& bias, int64_t size, bool keep,
                         const at::TensorOptions& options)
    : rows_(rows),
      bias_(bias.detach()),
      size_(std::max<int64_t>(std::min(size, bias.size(0)), 1)),
      lanes_(count_lanes(options, bias.size(0), size_)),
      keep_(keep),
      scores_(at::empty({rows * (keep ? bias.size(0) : lanes_ * size_)}, options)) {}

void ScoreBlocks::for_each(const Body& body, bool kept) {
  const int64_t num_blocks = (num_labels() + size_ - 1) / size_;
  const auto run_lane = [&](int64_t lane) {
    const at::NoGradGuard no_grad;  // every thread has a gradient mode of its own
    for (int64_t i = lane * num_blocks / lanes_; i < (lane + 1) * num_blocks / lanes_; ++i) {
      const int64_t begin = i * size_;
      const int64_t size = std::min(size_, num_labels() - begin);
      const int64_t offset = rows_ * (keep_ ? begin : lane * size_);
      const ScoreBlock block{begin, scores_.narrow(0, offset, rows_ * size).view({rows_, size}),
                             bias_.narrow(0, begin, size)};
      if (!kept || !keep_) fill(block);
      body(lane, block);
    }
  };
  if (lanes_ == 1) return run_lane(0);
  at::parallel_for(0, lanes_, 1, [&](int64_t first, int64_t last) {
    for (int64_t lane = first; lane < last; ++lane)
      run_lane(lane);
  });
}

bool multiplies_bf16(c10::Device device) {
  return !device.is_cpu() || cpu_multiplies_bf16();
}

at::ScalarType product_dtype(const at::Tensor& weight) {
  return multiplies_bf16(weight.device()) ? weight.scalar_type() : at::kFloat;
}

HiddenScores::HiddenScores(const at::Tensor& hidden, const at::Tensor& weight,
                           const at::Tensor& bias, int64_t size, bool keep)
    : ScoreBlocks(hidden.size(0), bias, size, keep, hidden.options().requires_grad(false)),
      hidden_(hidden.detach().contiguous()),
      weight_(weight.detach()) {}

void HiddenScores::fill(const ScoreBlock& block) {
  at::Tensor scores = block.scores;
  at::mm_out(scores, hidden_, weight(block).t());
}

}  // namespace spout
