// A block sink takes the weight gradients of the output layer, block of labels by block of labels.
// UpdateSink moves the weights at once; GradientSink collects the gradients in tensors.
#pragma once

#include <ATen/core/Tensor.h>

#include "spout/losses/optimizers/optimizer.h"

namespace spout {

class BlockSink {
 public:
  virtual ~BlockSink() = default;

  /// Begins a batch, before its first block. Afterwards threads may give the sink different blocks
  /// at once.
  virtual void begin() {}

  /// Takes the gradient of labels [begin, begin + B), which is the product g^T x.
  ///   g [n, B], x [n, d], both of the weight's dtype or f32    bias_gradient [B] f32
  virtual void take_product(int64_t begin, const at::Tensor& g, const at::Tensor& x,
                            const at::Tensor& bias_gradient) = 0;

  /// Takes the gradient of labels [begin, begin + B) as a tensor.
  ///   gradient [B, d] f32    bias_gradient [B] f32
  virtual void take_block(int64_t begin, const at::Tensor& gradient,
                          const at::Tensor& bias_gradient) = 0;

  /// Takes the whole gradient of a batch in which few labels have one.
  ///   labels [u] i64, ascending, distinct    gradient [u, d], bias_gradient [u] f32
  virtual void take_rows(const at::Tensor& labels, const at::Tensor& gradient,
                         const at::Tensor& bias_gradient) = 0;

  /// Returns a function that takes one label's gradient. The caller may skip labels whose gradient
  /// is zero, and ends the block with take_bias(). An empty function means: give whole blocks to
  /// take_block().
  virtual RowUpdater label_updater() { return {}; }
  /// Takes the bias gradient of a block whose labels went to label_updater().
  virtual void take_bias(int64_t /*begin*/, const at::Tensor& /*bias_gradient*/) {}
};

/// Moves the weights at once, so that a block's gradient exists for a moment only. begin() throws
/// Error on a second batch before the optimizer's step().
class UpdateSink : public BlockSink {
 public:
  /// Makes a sink that moves the weights by an optimizer.
  ///   optimizer  knows both parameters; its step() must follow the batch
  ///   bias       undefined where the layer has none to move
  UpdateSink(Optimizer& optimizer, const at::Tensor& weight, const at::Tensor& bias, double lr);

  void begin() override;
  void take_product(int64_t begin, const at::Tensor& g, const at::Tensor& x,
                    const at::Tensor& bias_gradient) override;
  void take_block(int64_t begin, const at::Tensor& gradient,
                  const at::Tensor& bias_gradient) override;
  void take_rows(const at::Tensor& labels, const at::Tensor& gradient,
                 const at::Tensor& bias_gradient) override;
  RowUpdater label_updater() override;
  void take_bias(int64_t begin, const at::Tensor& bias_gradient) override;

 private:
  Optimizer& optimizer_;
  at::Tensor weight_;
  at::Tensor bias_;
  double lr_;
  std::vector<at::Tensor> scratch_;  // for each thread, the gradient of a block
};

/// Adds the gradients to tensors as large as the weights, so that they can be summed over batches
/// or clipped.
class GradientSink : public BlockSink {
 public:
  /// Makes a sink that adds to weight_gradient [L, d] and bias_gradient [L].
  GradientSink(at::Tensor weight_gradient, at::Tensor bias_gradient)
      : weight_(std::move(weight_gradient)), bias_(std::move(bias_gradient)) {}

  void take_product(int64_t begin, const at::Tensor& g, const at::Tensor& x,
                    const at::Tensor& bias_gradient) override;
  void take_block(int64_t begin, const at::Tensor& gradient,
                  const at::Tensor& bias_gradient) override;
  void take_rows(const at::Tensor& labels, const at::Tensor& gradient,
                 const at::Tensor& bias_gradient) override;

 private:
  at::Tensor weight_;
  at::Tensor bias_;
};

}  // namespace spout
