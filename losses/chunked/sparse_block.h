// Blocks with a sparse gradient: the entries with a gradient are picked while the scores are read
// and grouped by label, and both backward products go over these entries alone. That pays where few
// scores lie above the point up to which the loss is exactly zero (squared hinge: 1 % of them after
// an epoch). CPU only.
#pragma once

#include <memory>

#include "spout/losses/base/target.h"
#include "spout/losses/chunked/block_passes.h"
#include "spout/losses/chunked/block_sink.h"
#include "spout/losses/kernels/kernels.h"

namespace spout {

class SparseBlocks {
 public:
  /// Makes the object of one lane.
  ///   scores  must outlive this
  ///   share   if this share or more of a tile has a gradient, its block uses dense products
  SparseBlocks(const BatchLoss& batch, const HiddenScores& scores, double share);

  /// Whether blocks of a loss can have a sparse gradient at all.
  static bool possible(const Loss& loss) { return loss.zero_up_to() > kNowhere; }

  /// Takes the value and the gradients of a block and returns true; or returns false and does
  /// nothing where too many entries have a gradient, or had in a recent block. The scores stay as
  /// they are.
  ///   hidden_gradient  [n, d] f32, added to
  bool take(const ScoreBlock& block, BlockSink& sink, const at::Tensor& hidden_gradient);

  /// The loss of the blocks taken.
  double value() const { return sum_ * scale_; }

 private:
  static constexpr float kNowhere = -std::numeric_limits<float>::infinity();

  /// The entries of a tile that have a gradient: as they were found, then grouped by label.
  struct TileGradient {
    std::vector<TileEntry> entries;  // as found; collect() turns scores into gradients
    std::vector<int64_t> begin;      // [cols + 1], where the entries of a label begin
    std::vector<int32_t> rows;       // by label
    std::vector<float> gradients;    // by label
    double value = 0.0;              // the tile's loss, without the scale
    bool sparse = false;             // whether few enough entries have a gradient
  };

  /// Finds the entries of columns [begin, end) of the block, with their gradients and the loss.
  template <class Score>
  void collect(const ScoreBlock& block, int64_t begin, int64_t end, TileGradient& tile) const;
  /// The loss weights of entries in a tile whose first label is `begin`; empty means ones.
  std::vector<float> weights_of(const std::vector<TileEntry>& entries, int64_t begin) const;
  static void group_by_label(int64_t cols, TileGradient& tile);

  /// The weights of a block, and where its gradients go.
  struct Products {
    at::Tensor of;       // [B, d], the weights
    float* hidden;       // [n, d], gradient of the hidden rows
    float* weight;       // [B, d], gradient of the weights; null where labels go to `updater`
    float* bias;         // [B], gradient of the bias
    RowUpdater updater;  // takes the weight gradients of single labels
  };
  /// Makes both products of a tile whose first column in the block is `begin`.
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
  int64_t dense_blocks_ = 0;  // blocks since the last sparse one
  std::vector<TileGradient> tiles_;
};

}  // namespace spout
