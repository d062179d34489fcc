#include "spout/losses/chunked/lane_passes.h"

#include <ATen/TensorOperators.h>

#include <algorithm>

#include "spout/losses/chunked/cpu_passes.h"

namespace spout {

LanePasses::LanePasses(const BatchLoss& batch, int64_t lanes)
    : needs_whole_rows_(batch.loss.needs_whole_rows()) {
#if defined(SPOUT_WITH_CUDA)
  if (batch.target.is_cuda()) {
    lanes_.push_back(make_block_passes_cuda(batch));
    return;
  }
#endif
  TORCH_CHECK_NOT_IMPLEMENTED(batch.target.is_cpu(), "chunked: no kernels for ",
                              batch.target.device());
  const auto make = needs_whole_rows_ ? &make_softmax_passes : &make_elementwise_passes;
  for (int64_t i = 0; i < lanes; ++i)
    lanes_.push_back(make(batch));
}

void LanePasses::merge_rows() {
  std::vector<BlockPasses*> all(lanes_.size());
  std::transform(lanes_.begin(), lanes_.end(), all.begin(),
                 [](const auto& lane) { return lane.get(); });
  for (BlockPasses* lane : all)
    lane->merge_rows(all);
}

at::Tensor LanePasses::value() const {
  at::Tensor sum = lanes_.front()->value();
  for (size_t i = 1; i < lanes_.size() && !needs_whole_rows_; ++i)
    sum.add_(lanes_[i]->value());
  return sum;
}

at::Tensor value_of(const BatchLoss& batch, ScoreBlocks& blocks) {
  LanePasses passes(batch, blocks.lanes());
  blocks.for_each([&](int64_t lane, const ScoreBlock& block) { passes[lane].add_value(block); });
  if (batch.loss.needs_whole_rows()) passes.merge_rows();
  return passes.value();
}

}  // namespace spout
