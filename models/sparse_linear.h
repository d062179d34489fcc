// An output layer for any network: it takes hidden rows and gives the loss over all labels, without
// ever holding the [n, L] scores. Its weights move block of labels by block while the loss is
// computed, so that no gradient of [L, d] exists either.
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <string_view>

#include "spout/losses/base/loss_options.h"
#include "spout/losses/base/named_loss.h"
#include "spout/losses/optimizers/optimizer_options.h"
#include "spout/sparse/decode/decode_options.h"
#include "spout/sparse/layout/csr.h"

namespace spout {

class Optimizer;
class SparseLinear;

/// Moves the weights of one SparseLinear and keeps their state (moments) on the device where they
/// are now. The encoder in front of the layer may be trained by any torch::optim.
class HeadOptimizer {
 public:
  /// Makes the optimizer of `head`.
  ///   name  adamw, adam, adagrad or sgd; throws ValueError on any other
  HeadOptimizer(const SparseLinear& head, std::string_view name,
                const OptimizerOptions& options = {});
  ~HeadOptimizer();
  HeadOptimizer(HeadOptimizer&&) noexcept;
  HeadOptimizer& operator=(HeadOptimizer&&) noexcept;

 private:
  friend class SparseLinear;
  std::shared_ptr<Optimizer> optimizer_;
};

struct SparseLinearOptions {
  // Keep the weights in bf16, rounded at random so that steps far below their precision arrive on
  // average; the optimizer's moments stay f32.
  bool bf16 = false;
  // Seeds the first weights, which are uniform in +-1 / sqrt(d); the biases start at zero.
  uint64_t seed = 1;
};

/// z = h W^T + b, with W [L, d] and b [L]: the parameters `weight` and `bias`.
class SparseLinear : public torch::nn::Module {
 public:
  SparseLinear(int64_t d, int64_t num_labels, const SparseLinearOptions& options = {});

  /// All scores: hidden [n, d] of any floating dtype -> [n, L] f32, differentiable in everything.
  at::Tensor forward(const at::Tensor& hidden);

  /// The exact loss of a batch, to call backward() on. Where gradients are enabled and the module
  /// is in training mode, weight and bias have moved at rate `lr` when it returns, and backward()
  /// gives the gradient to `hidden` and ends the optimizer's step. Under NoGradGuard or after
  /// eval() nothing moves.
  ///   hidden  [n, d] of any floating dtype
  ///   target  torch sparse COO [n, L], coalesced, on the same device
  ///   loss    bce, squared-hinge, focal, asymmetric, softmax, mse or poisson
  ///   returns scalar f32
  ///   throws ValueError on shapes, dtypes, domain and unknown names, IndexError on an index >= L,
  ///   Error where the previous loss still waits for its backward()
  /// backward() throws Error where the result was multiplied by anything: the weights have moved
  /// already.
  at::Tensor loss(const at::Tensor& hidden, const at::Tensor& target, const NamedLoss& loss,
                  HeadOptimizer& optimizer, double lr, const LossOptions& options = {});

  /// The best labels of every row, columns ascending, in host memory; no [n, L] scores are made.
  ///   hidden  [n, d]      throws ValueError on shapes, and where a score is not a number
  Csr predict(const at::Tensor& hidden, const DecodeOptions& options = {}) const;

  const at::Tensor& weight() const { return weight_; }
  const at::Tensor& bias() const { return bias_; }

 private:
  /// Throws unless `hidden` is [n, d].
  void check_width(const at::Tensor& hidden) const;

  at::Tensor weight_;  // [L, d] f32 or bf16
  at::Tensor bias_;    // [L] f32
  // Whether a loss waits for its backward(); shared with that loss, which may outlive the layer.
  std::shared_ptr<bool> is_step_open_;
};

}  // namespace spout
