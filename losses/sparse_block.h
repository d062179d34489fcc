// A block whose gradient is sparse: entries with a gradient are picked while the scores are read,
// regrouped by label, and both backward products go over those alone. Worth it where few entries
// lie above the point up to which the loss is exactly zero (squared hinge: 1 % after an epoch).
// CPU only.
#pragma once

#include "losses/block_passes.h"
#include "losses/block_sink.h"
#include "losses/kernels.h"
#include "losses/target.h"

namespace spout {

class SparseBlocks {
 public:
  /// hidden, weight  as in ChunkedInput, hidden of the weight's dtype
  ///   share         of the entries: above it a block is left to the dense way
  SparseBlocks(const Loss& loss, const at::Tensor& target, const at::Tensor& hidden,
               const at::Tensor& weight, double scale, double share);

  /// Whether blocks of this loss can be sparse at all.
  bool possible() const { return loss_.entries.zero_up_to > kNowhere && share_ > 0.0; }

  /// Takes value and gradients of a block, unless too many entries have one: then false is returned
  /// and nothing has happened. The scores stay as they are.
  bool take(const ScoreBlock& block, BlockSink& sink);

  /// Of the blocks taken: the value's sum (scaled), and the gradient into the hidden rows [n, d].
  double value() const { return sum_ * scale_; }
  at::Tensor hidden_gradient() const;

 private:
  static constexpr float kNowhere = -std::numeric_limits<float>::infinity();

  /// The entries of a tile that have a gradient, in the order of their labels.
  struct TileGradient {
    std::vector<TileEntry> entries;  // as found; score holds the gradient
    std::vector<int64_t> begin;      // [cols + 1], where a label's entries begin
    std::vector<int32_t> rows;
    std::vector<float> gradients;
    double value = 0.0;
    bool sparse = false;
  };

  template <class Score>
  void collect(const ScoreBlock& block, int64_t begin, int64_t end, TileGradient& tile) const;
  static void group_by_label(int64_t cols, TileGradient& tile);
  template <class Score>
  void multiply(const ScoreBlock& block, int64_t begin, const TileGradient& tile,
                const RowUpdater& updater, float* block_gradient, float* bias_gradient);

  const Loss& loss_;
  TargetColumns target_;
  at::Tensor hidden_;
  at::Tensor weight_;
  double scale_;
  double share_;
  double sum_ = 0.0;
  at::Tensor thread_gradients_;  // [threads, n, d] f32, so that no two threads add to the same rows
  std::vector<TileGradient> tiles_;
};

}  // namespace spout
