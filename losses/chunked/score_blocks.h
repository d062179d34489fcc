// ScoreBlocks makes the scores of a linear output layer block of labels by block of labels.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

namespace spout {

/// The scores of labels [begin, begin + B).
struct ScoreBlock {
  int64_t begin = 0;
  at::Tensor scores;  // [n, B] f32 or bf16, without the bias
  at::Tensor bias;    // [B] f32

  int64_t size() const { return bias.size(0); }
};

/// The number of lanes. A lane is a run of blocks that one thread handles from the scores to the
/// update, so that a block stays in one core's cache and threads seldom wait for each other. There
/// are as many lanes as threads (at most as many as blocks), and one on CUDA.
///   options  of the scores
///   size     labels in a block
int64_t count_lanes(const at::TensorOptions& options, int64_t num_labels, int64_t size);

class ScoreBlocks {
 public:
  virtual ~ScoreBlocks() = default;
  ScoreBlocks(const ScoreBlocks&) = delete;
  ScoreBlocks& operator=(const ScoreBlocks&) = delete;

  int64_t rows() const { return rows_; }
  int64_t num_labels() const { return bias_.size(0); }

  int64_t lanes() const { return lanes_; }

  /// Calls body(lane, block) for each block; each lane goes through its run of blocks in order. The
  /// body may change the scores. The lane of a block depends on the number of lanes only.
  ///   kept  whether the scores of an earlier call are used again, where they were kept
  using Body = std::function<void(int64_t lane, const ScoreBlock& block)>;
  void for_each(const Body& body, bool kept = false);

 protected:
  /// Makes blocks for n = `rows` rows.
  ///   bias     [L] f32
  ///   size     labels in a block
  ///   keep     whether all scores [n, L] are kept, so that a second pass need not make them again
  ///   options  of the scores
  ScoreBlocks(int64_t rows, const at::Tensor& bias, int64_t size, bool keep,
              const at::TensorOptions& options);

  /// Writes the block's scores. Several threads call it for different blocks.
  virtual void fill(const ScoreBlock& block) = 0;

 private:
  int64_t rows_;
  at::Tensor bias_;
  int64_t size_;
  int64_t lanes_;
  bool keep_;
  at::Tensor scores_;  // all blocks, one after the other, if keep_; else one block for each lane
};

/// Whether products of bf16 matrices are faster on the device than products of f32 ones.
bool multiplies_bf16(c10::Device device);

/// The dtype in which products with a weight are made: its own, or f32 where the device does not
/// multiply bf16.
at::ScalarType product_dtype(const at::Tensor& weight);

/// The scores hidden * weight^T of dense rows. Products are made in the dtype of `hidden`; a weight
/// of another dtype is converted block by block.
///   hidden [n, d]    weight [L, d]    bias [L] f32
class HiddenScores : public ScoreBlocks {
 public:
  HiddenScores(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& bias,
               int64_t size, bool keep = false);

  const at::Tensor& hidden() const { return hidden_; }
  /// The weight of a block in the dtype of `hidden`, [B, d].
  at::Tensor weight(const ScoreBlock& block) const {
    return weight_.narrow(0, block.begin, block.size()).to(hidden_.scalar_type());
  }

 private:
  void fill(const ScoreBlock& block) override;

  at::Tensor hidden_;
  at::Tensor weight_;
};

}  // namespace spout
