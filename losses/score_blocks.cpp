#include "losses/score_blocks.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>

#include <algorithm>

namespace spout {

ScoreBlocks::ScoreBlocks(int64_t rows, const at::Tensor& bias, int64_t size, bool keep,
                         const at::TensorOptions& options)
    : rows_(rows),
      bias_(bias.detach()),
      size_(std::max<int64_t>(std::min(size, bias.size(0)), 1)),
      keep_(keep),
      scores_(at::empty({rows * (keep ? bias.size(0) : size_)}, options)) {}

void ScoreBlocks::for_each(const std::function<void(const ScoreBlock&)>& body, bool kept) {
  for (int64_t begin = 0; begin < num_labels(); begin += size_) {
    const int64_t size = std::min(size_, num_labels() - begin);
    const ScoreBlock block{
        begin, scores_.narrow(0, keep_ ? rows_ * begin : 0, rows_ * size).view({rows_, size}),
        bias_.narrow(0, begin, size)};
    if (!kept || !keep_) fill(block);
    body(block);
  }
}

HiddenScores::HiddenScores(const at::Tensor& hidden, const at::Tensor& weight,
                           const at::Tensor& bias, int64_t size, bool keep)
    : ScoreBlocks(hidden.size(0), bias, size, keep, hidden.options().requires_grad(false)),
      hidden_(hidden.detach().contiguous()),
      weight_(weight.detach()) {}

void HiddenScores::fill(const ScoreBlock& block) {
  at::Tensor scores = block.scores;
  at::mm_out(scores, hidden_, weight(block).to(hidden_.scalar_type()).t());
}

}  // namespace spout
