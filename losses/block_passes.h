// What a step does with the scores of one block of labels, on the device where they lie: value,
// gradient in place, bias gradient. The objects live for one batch, one for each lane of blocks,
// and share its target.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "losses/loss.h"
#include "losses/score_blocks.h"
#include "losses/target.h"

namespace spout {

/// The loss of a batch: what the passes over its blocks have in common.
struct BatchLoss {
  /// Weights of a loss over whole rows go into the target's values.
  BatchLoss(const Loss& batch_loss, const at::Tensor& batch_target, double value_scale,
            const LossWeights& loss_weights = {});

  const Loss& loss;
  at::Tensor target;                             // COO [n, L], coalesced
  double scale;                                  // of value and gradient
  LossWeights weights;                           // of a formula
  std::shared_ptr<const TargetColumns> columns;  // of the target; null on CUDA
  bool want_value = true;                        // see ChunkedOptions
};

class BlockPasses {
 public:
  virtual ~BlockPasses() = default;

  /// First pass of a loss that needs whole rows (softmax), over all blocks before any gradient.
  virtual void normalize(const ScoreBlock& block) = 0;

  /// Adds the block's part of the value; the scores stay.
  virtual void add_value(const ScoreBlock& block) = 0;

  /// The same, and the scores become the gradient. Returns the bias's gradient [B] f32.
  virtual at::Tensor take_gradient(const ScoreBlock& block) = 0;

  /// Between the two passes of such a loss: takes over what the other lanes' first pass found.
  virtual void merge_rows(const std::vector<BlockPasses*>& lanes) = 0;

  /// The loss of the lane's blocks so far: scalar f32 on the device. Of a loss that needs whole
  /// rows that of all lanes, and only from the first one.
  virtual at::Tensor value() const = 0;
};

/// The passes of all lanes.
class LanePasses {
 public:
  LanePasses(const BatchLoss& batch, int64_t lanes);

  BlockPasses& operator[](int64_t lane) { return *lanes_[static_cast<size_t>(lane)]; }

  /// After the first pass of a loss that needs whole rows.
  void merge_rows();

  /// Of all blocks: scalar f32.
  at::Tensor value() const;

 private:
  bool needs_rows_;
  std::vector<std::unique_ptr<BlockPasses>> lanes_;
};

}  // namespace spout
