#include "spout/losses/sparse_loss.h"

#include "spout/losses/loss_table.h"
#include "spout/losses/scores_loss.h"
#include "spout/sparse/base/plain_errors.h"

namespace spout {

at::Tensor sparse_loss(const NamedLoss& loss, const at::Tensor& scores, const at::Tensor& target,
                       const LossOptions& options) {
  return with_plain_errors([&] { return sparse_loss(loss_named(loss), scores, target, options); });
}

}  // namespace spout
