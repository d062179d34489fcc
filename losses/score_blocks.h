// The scores of a linear output layer, made block of labels by block of labels.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

namespace spout {

/// Scores [n, B] of labels [begin, begin + B), f32 or bf16, without their bias [B] f32.
struct ScoreBlock {
  int64_t begin = 0;
  at::Tensor scores;
  at::Tensor bias;

  int64_t size() const { return bias.size(0); }
};

/// Lanes go through blocks side by side, each in its own thread from the scores to the update, so
/// that a block stays in one core's cache and threads seldom wait for each other. CUDA has one.
///   size     labels in a block
///   options  of the scores
int64_t count_lanes(const at::TensorOptions& options, int64_t num_labels, int64_t size);

class ScoreBlocks {
 public:
  virtual ~ScoreBlocks() = default;
  ScoreBlocks(const ScoreBlocks&) = delete;
  ScoreBlocks& operator=(const ScoreBlocks&) = delete;

  int64_t rows() const { return rows_; }
  int64_t num_labels() const { return bias_.size(0); }

  int64_t lanes() const { return lanes_; }

  /// Calls body(lane, block) for each block, lane by lane a run of blocks in their order; the
  /// scores are the body's to change. Which lane has a block depends on the number of lanes only.
  ///   kept  the scores of an earlier pass are wanted, where they are held
  using Body = std::function<void(int64_t lane, const ScoreBlock& block)>;
  void for_each(const Body& body, bool kept = false);

 protected:
  /// bias [L] f32
  ///   size     labels in a block
  ///   keep     all scores [n, L] are held, so that a second pass need not make them again
  ///   options  of the scores
  ScoreBlocks(int64_t rows, const at::Tensor& bias, int64_t size, bool keep,
              const at::TensorOptions& options);

  /// Writes the block's scores; called by several threads for different blocks.
  virtual void fill(const ScoreBlock& block) = 0;

 private:
  int64_t rows_;
  at::Tensor bias_;
  int64_t size_;
  int64_t lanes_;
  bool keep_;
  at::Tensor scores_;  // [n, L] block after block, or a block for each lane
};

/// Whether products of bf16 matrices are faster there than of f32 ones.
bool multiplies_bf16(c10::Device device);

/// In which products with a weight are best made: in its own dtype, or in f32 where the device does
/// not multiply bf16.
at::ScalarType product_dtype(const at::Tensor& weight);

/// hidden * weight^T. Products are of the dtype of `hidden`; a weight of another dtype is converted
/// by blocks.
///   hidden [n, d], weight [L, d], bias [L] f32
class HiddenScores : public ScoreBlocks {
 public:
  HiddenScores(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& bias,
               int64_t size, bool keep = false);

  const at::Tensor& hidden() const { return hidden_; }
  /// [B, d], of the dtype of `hidden`
  at::Tensor weight(const ScoreBlock& block) const {
    return weight_.narrow(0, block.begin, block.size()).to(hidden_.scalar_type());
  }

 private:
  void fill(const ScoreBlock& block) override;

  at::Tensor hidden_;
  at::Tensor weight_;
};

}  // namespace spout
