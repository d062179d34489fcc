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

class ScoreBlocks {
 public:
  virtual ~ScoreBlocks() = default;
  ScoreBlocks(const ScoreBlocks&) = delete;
  ScoreBlocks& operator=(const ScoreBlocks&) = delete;

  int64_t rows() const { return rows_; }
  int64_t num_labels() const { return bias_.size(0); }

  /// Calls body(block) for each block in turn; the scores are the body's to change.
  ///   kept  those of an earlier pass are wanted, where they are held
  void for_each(const std::function<void(const ScoreBlock&)>& body, bool kept = false);

 protected:
  /// bias [L] f32
  ///   size     labels in a block
  ///   keep     all scores [n, L] are held, so that a second pass need not make them again
  ///   options  of the scores
  ScoreBlocks(int64_t rows, const at::Tensor& bias, int64_t size, bool keep,
              const at::TensorOptions& options);

  /// Writes the block's scores.
  virtual void fill(const ScoreBlock& block) = 0;

 private:
  int64_t rows_;
  at::Tensor bias_;
  int64_t size_;
  bool keep_;
  at::Tensor scores_;
};

/// hidden * weight^T. Products are of the dtype of `hidden`; a weight of another dtype is converted
/// by blocks.
///   hidden [n, d], weight [L, d], bias [L] f32
class HiddenScores : public ScoreBlocks {
 public:
  HiddenScores(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& bias,
               int64_t size, bool keep = false);

  const at::Tensor& hidden() const { return hidden_; }
  at::Tensor weight(const ScoreBlock& block) const {
    return weight_.narrow(0, block.begin, block.size());
  }

 private:
  void fill(const ScoreBlock& block) override;

  at::Tensor hidden_;
  at::Tensor weight_;
};

}  // namespace spout
