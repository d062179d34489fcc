// Block passes are what a step does with the scores of one block of labels, on the device where
// they lie: the value, the gradient in place of the scores, the gradient of the bias. There is one
// object for each lane of blocks; all of them live for one batch and share its target.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "spout/losses/base/loss.h"
#include "spout/losses/base/target.h"
#include "spout/losses/chunked/score_blocks.h"

namespace spout {

/// The loss and the target of a batch, which the passes over all its blocks share.
struct BatchLoss {
  /// Sorts the target by columns (on the CPU). The weights of a loss over whole rows go into the
  /// target's values.
  BatchLoss(const Loss& batch_loss, const at::Tensor& batch_target, double value_scale,
            const LossWeights& loss_weights = {});

  const Loss& loss;
  at::Tensor target;                             // COO [n, L], coalesced
  double scale;                                  // factor of value and gradient
  LossWeights weights;                           // for element-wise losses only
  std::shared_ptr<const TargetColumns> columns;  // the target's; null on CUDA
  bool want_value = true;                        // see ChunkedOptions
};

class BlockPasses {
 public:
  virtual ~BlockPasses() = default;

  /// The first pass of a loss that needs whole rows (softmax). It goes over all blocks before the
  /// gradient of any is taken.
  virtual void normalize(const ScoreBlock& block) = 0;

  /// Adds the block's part of the value. The scores stay as they are.
  virtual void add_value(const ScoreBlock& block) = 0;

  /// Adds the block's part of the value and turns the scores into the gradient. Returns the
  /// gradient of the bias, [B] f32.
  virtual at::Tensor take_gradient(const ScoreBlock& block) = 0;

  /// Takes over what the first pass of the other lanes found; called between the two passes of a
  /// loss that needs whole rows, for each lane in their order.
  virtual void merge_rows(const std::vector<BlockPasses*>& lanes) = 0;

  /// The loss of the lane's blocks so far, a scalar f32 on the device. For a loss over
  /// whole rows lane 0 returns the loss of all lanes; value() of other lanes must not be called.
  virtual at::Tensor value() const = 0;
};

/// The passes of a batch on CUDA, defined in losses/cuda, where CUDA sources are compiled. Nothing
/// in them waits for the device, and results do not depend on the order in which threads run.
std::unique_ptr<BlockPasses> make_block_passes_cuda(const BatchLoss& batch);

}  // namespace spout
