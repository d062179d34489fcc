// What a step does with the scores of one block of labels, on the device where they lie: value,
// gradient in place, bias gradient. The object lives for one batch and holds its target in the
// order of the columns.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "losses/loss.h"
#include "losses/score_blocks.h"

namespace spout {

class BlockPasses {
 public:
  virtual ~BlockPasses() = default;

  /// First pass of a loss that needs whole rows (softmax), over all blocks before any gradient.
  virtual void normalize(const ScoreBlock& block) = 0;

  /// Adds the block's part of the value; the scores stay.
  virtual void add_value(const ScoreBlock& block) = 0;

  /// The same, and the scores become the gradient. Returns the bias's gradient [B] f32.
  virtual at::Tensor take_gradient(const ScoreBlock& block) = 0;

  /// The loss so far: scalar f32 on the device.
  virtual at::Tensor value() const = 0;
};

/// target  COO [n, L], coalesced    scale  of value and gradient
///   want_value  see ChunkedOptions
std::unique_ptr<BlockPasses> make_block_passes(const Loss& loss, const at::Tensor& target,
                                               double scale, bool want_value = true);

}  // namespace spout
