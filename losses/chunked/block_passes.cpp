#include "spout/losses/chunked/block_passes.h"

namespace spout {

BatchLoss::BatchLoss(const Loss& batch_loss, const at::Tensor& batch_target, double value_scale,
                     const LossWeights& loss_weights)
    : loss(batch_loss), target(batch_target), scale(value_scale), weights(loss_weights) {
  if (loss.needs_whole_rows()) {
    target = weights.weigh(target);
    weights = {};
  }
  if (target.is_cpu()) {
    columns = std::make_shared<const TargetColumns>(columns_of(target, weights));
  }
}

}  // namespace spout
