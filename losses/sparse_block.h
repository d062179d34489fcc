// A block whose gradient is sparse: entries with a gradient are picked while the scores are read,
// regrouped by label, and both backward products go over those alone. Worth it where few entries
// lie above the point up to which the loss is exactly zero (squared hinge: 1 % after an epoch).
// CPU only.
#pragma once

#include <memory>

#include "losses/block_passes.h"
#include "losses/block_sink.h"
#include "losses/kernels.h"
#include "losses/target.h"

namespace spout {

class SparseBlocks {
 public:
  /// An object for one lane of blocks.
  ///   scores  must outlive this
  ///   share   of the entries: above it a block is left to the dense way
  SparseBlocks(const BatchLoss& batch, const HiddenScores& scores, double share);

  /// Whether blocks of a loss can be sparse at all.
  static bool possible(const Loss& loss) { return loss.zero_up_to() > kNowhere; }

  /// Takes value and gradients of a block, unless too many entries have one, or lately had: then
  /// false is returned and nothing has happened. The scores stay as they are.
  ///   hidden_gradient  [n, d] f32, added to
  bool take(const ScoreBlock& block, BlockSink& sink, const at::Tensor& hidden_gradient);

  /// The value of the blocks taken.
  double value() const { return sum_ * scale_; }

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
  /// Of the entries found; empty: ones.
  std::vector<float> weights_of(const std::vector<TileEntry>& entries, int64_t begin) const;
  static void group_by_label(int64_t cols, TileGradient& tile);

  /// Where the products go.
  struct Products {
    at::Tensor of;  // weights [B, d] of the block
    float* hidden;  // [n, d]
    float* weight;  // [B, d], of the block; null: each label's goes to `updater`
    float* bias;    // [B]
    RowUpdater updater;
  };
  template <class Score>
  void multiply(const ScoreBlock& block, int64_t begin, TileGradient& tile,
                const Products& products) const;

  const Loss& loss_;
  std::shared_ptr<const TargetColumns> target_;
  const HiddenScores& scores_;
  LossWeights weights_;
  double scale_;
  double share_;
  double sum_ = 0.0;
  int64_t dense_blocks_ = 0;  // since one was sparse
  std::vector<TileGradient> tiles_;
};

}  // namespace spout
