// Where the output layer's weight gradients go, block of labels by block of labels: straight into
// the weights, or into tensors for an ordinary optimizer.
#pragma once

#include <ATen/core/Tensor.h>

#include "losses/optimizer.h"

namespace spout {

class BlockSink {
 public:
  virtual ~BlockSink() = default;

  /// Before the first block of a batch. Afterwards threads may give it different blocks at once.
  virtual void begin() {}

  /// The gradient of labels [begin, begin + B) is g^T x; the bias's is given.
  ///   g  [n, B], x [n, d], both of the weight's dtype or f32    bias_gradient [B] f32
  virtual void take_product(int64_t begin, const at::Tensor& g, const at::Tensor& x,
                            const at::Tensor& bias_gradient) = 0;

  /// The same where the gradient has been worked out.
  ///   gradient  [B, d] f32
  virtual void take_block(int64_t begin, const at::Tensor& gradient,
                          const at::Tensor& bias_gradient) = 0;

  /// A batch's whole gradient where few labels have one.
  ///   labels [u] i64, ascending, distinct    gradient [u, d], bias_gradient [u] f32
  virtual void take_rows(const at::Tensor& labels, const at::Tensor& gradient,
                         const at::Tensor& bias_gradient) = 0;

  /// Where labels whose gradient is zero may be passed over: what takes the others one by one,
  /// after which take_bias() is due. Else empty: then the whole block goes to take_block().
  virtual RowUpdater label_updater() { return {}; }
  virtual void take_bias(int64_t /*begin*/, const at::Tensor& /*bias_gradient*/) {}
};

/// Moves the weights at once: a block's gradient exists for a moment only. A second batch before
/// the optimizer's step() throws Error.
class UpdateSink : public BlockSink {
 public:
  /// optimizer  knows both parameters; its step() is due after the batch
  ///   bias     undefined: there is none to move
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
  std::vector<at::Tensor> scratch_;  // gradient of a block, for each thread
};

/// Collects the gradients, as large as the weights, to add them up over batches or to clip them.
class GradientSink : public BlockSink {
 public:
  /// weight_gradient [L, d], bias_gradient [L]: added to
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
