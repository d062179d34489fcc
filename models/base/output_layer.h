// The second half of a model: an output layer turns hidden rows into scores of labels. Losses and
// predictions are methods of the layer rather than functions of its scores, so that a layer may run
// in blocks of labels and never hold [n, L], give two scores per entry, or keep its weight as CSR.
#pragma once

#include <torch/nn/module.h>

#include "spout/losses/base/loss.h"
#include "spout/losses/base/loss_options.h"
#include "spout/losses/optimizers/optimizer.h"
#include "spout/models/base/layers.h"
#include "spout/sparse/decode/decode.h"

namespace spout {

class Script;

/// The labels [begin, end) out of all labels.
struct LabelRange {
  int64_t begin = 0;
  int64_t end = 0;
  int64_t size() const { return end - begin; }
};

/// Lets a layer move its own weights, block of labels by block, while it computes the loss.
struct OutputUpdate {
  Optimizer& optimizer;  // knows the layer's parameters; the caller ends the step with its step()
  double lr = 0.0;
};

class OutputLayer : public torch::nn::Module {
 public:
  explicit OutputLayer(LabelRange labels) : labels_(labels) {}

  /// The labels that the layer scores.
  LabelRange labels() const { return labels_; }

  /// The scores that predictions are made of, prior included.
  ///   x [n, d] dense; for a layer that reads the features directly [n, D] sparse or dense
  ///   returns [n, labels().size()]
  virtual at::Tensor scores(const at::Tensor& x) const = 0;

  /// The scores of some of the labels, [n, some.size()]. A layer with dense weights computes no
  /// others.
  virtual at::Tensor scores_of(const at::Tensor& x, LabelRange some) const {
    return scores(x).narrow(1, some.begin - labels_.begin, some.size());
  }

  /// The loss of a batch, differentiable in x. Without `update` it comes from all scores at once
  /// and is differentiable in the layer's parameters as well. With `update` no scores of all labels
  /// exist, and the parameters have moved when it returns (unless gradients are disabled). A layer
  /// that reads the features directly ignores `update` unless they are sparse and in host memory.
  ///   target  COO [n, L], coalesced
  virtual at::Tensor loss(const at::Tensor& x, const at::Tensor& target, const Loss& loss,
                          const LossOptions& options, const OutputUpdate* update = nullptr) = 0;

  /// The best entries of every row, in blocks of labels. Only a layer that reads sparse
  /// features directly, outside host memory, makes all scores of the rows. Products are in bf16
  /// under autocast.
  ///   seen    entries that must not be chosen; may be null
  ///   report  receives what a person should know of the prediction; may be null
  virtual Csr predict(const at::Tensor& x, const DecodeOptions& options, const Csr* seen,
                      DecodeReport* report = nullptr) const = 0;

  /// The values of the entries that predict() chose. With one head they are the scores.
  virtual Csr values(const at::Tensor& /*x*/, const Csr& chosen) const { return chosen; }

  /// Restores the layer's invariants, such as weight rows of length one. Call it after every step
  /// of the optimizer.
  virtual void after_step() {}

  /// Throws ValueError or IndexError unless the tensors fit together. A damaged file can hold
  /// tensors that do not.
  virtual void check_tensors() const {}

  /// Sets the prior, which predictions add to every score and the loss does not see, e.g. for how
  /// common a label is.
  ///   prior  [L]; zeros until it is set
  virtual void set_prior(const at::Tensor& prior) = 0;

  /// Sets the biases, where the layer has them, e.g. to the constant scores that fit the label
  /// frequencies.
  ///   bias  [L]
  virtual void set_bias(const at::Tensor& bias) = 0;
  /// Sets the weights, where the layer has dense ones, e.g. to vectors of the labels' texts.
  ///   weight  [L, d]
  virtual void set_weight(const at::Tensor& /*weight*/) {}
  /// Sets the biases of the head that predicts raw values; does nothing without such a head.
  virtual void set_value_bias(const at::Tensor& /*bias*/) {}

  /// Writes the TorchScript statements that replace the hidden rows in `h` by logits and, where
  /// there is a second head, those that compute its values.
  virtual void write_script(Script& script) const = 0;

 protected:
  /// For a layer that can take up further labels.
  void set_labels(LabelRange labels) { labels_ = labels; }

 private:
  LabelRange labels_;
};

}  // namespace spout
