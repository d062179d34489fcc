// LanePasses holds the passes of a batch over all its blocks of labels, for any loss and device.
#pragma once

#include <memory>
#include <vector>

#include "spout/losses/chunked/block_passes.h"

namespace spout {

/// The passes of every lane; on CUDA there is one lane.
class LanePasses {
 public:
  LanePasses(const BatchLoss& batch, int64_t lanes);

  BlockPasses& operator[](int64_t lane) { return *lanes_[static_cast<size_t>(lane)]; }

  /// Merges what the lanes found, after the first pass of a loss that needs whole rows.
  void merge_rows();

  /// The loss of all blocks, a scalar f32.
  at::Tensor value() const;

 private:
  bool needs_whole_rows_;
  std::vector<std::unique_ptr<BlockPasses>> lanes_;
};

/// The loss of scores that any layer makes in blocks.
at::Tensor value_of(const BatchLoss& batch, ScoreBlocks& blocks);

}  // namespace spout
