// The second half of a model: hidden rows -> label scores, and all that is done with scores. Losses
// and predictions are asked of this layer rather than computed from its scores, so that a layer may
// run in blocks of labels and never hold [n, L], own a share of the labels, give two scores per
// entry, or keep its weight as CSR.
#pragma once

#include <torch/nn/module.h>

#include "losses/loss.h"
#include "losses/optimizer.h"
#include "models/layers.h"
#include "sparse/decode/decode.h"

namespace spout {

class Script;

/// Labels [begin, end) of the whole.
struct LabelRange {
  int64_t begin = 0;
  int64_t end = 0;
  int64_t size() const { return end - begin; }
};

/// Lets a layer move its own weights, block of labels by block, while it works out the loss.
struct OutputUpdate {
  Optimizer& optimizer;  // knows the layer's parameters; its step() is due afterwards
  double lr = 0.0;
};

class OutputLayer : public torch::nn::Module {
 public:
  explicit OutputLayer(LabelRange labels) : labels_(labels) {}

  /// The labels whose weights live in this process.
  LabelRange labels() const { return labels_; }

  /// The scores that are predicted: x [n, d] dense (or features [n, D] sparse)
  /// -> [n, labels().size()]
  virtual at::Tensor scores(const at::Tensor& x) const = 0;

  /// Differentiable in x. Without `update` also in the layer's parameters, over all scores at once;
  /// with it the parameters have moved when it returns (unless gradients are disabled), and no
  /// scores of all labels exist. A layer straight on features does so where they are sparse and in
  /// host memory; elsewhere it is as without `update`.
  ///   target  COO [n, L], coalesced; of a sharded layer, its own columns
  virtual at::Tensor loss(const at::Tensor& x, const at::Tensor& target, const Loss& loss,
                          const LossOptions& options, const OutputUpdate* update = nullptr) = 0;

  /// The best entries of every row, in blocks of labels (but straight on sparse features that are
  /// not in host memory, from all scores of those rows). Products are in bf16 under autocast.
  ///   seen    (may be null) names entries that must not be chosen
  ///   report  (may be null) what a person should know of it
  virtual Csr predict(const at::Tensor& x, const DecodeOptions& options, const Csr* seen,
                      DecodeReport* report = nullptr) const = 0;

  /// The values of the entries that predict() chose; those of a layer with one head are its scores.
  virtual Csr values(const at::Tensor& /*x*/, const Csr& chosen) const { return chosen; }

  /// To be called after every step of the optimizer: restores what the layer keeps true of its
  /// weights.
  virtual void after_step() {}

  /// Throws ValueError or IndexError where the tensors do not fit together, as those of a file may
  /// not.
  virtual void check_tensors() const {}

  /// What predictions add to every score and the loss does not see, e.g. for how common a label
  /// is.  prior [L]; zeros until it is set
  virtual void set_prior(const at::Tensor& prior) = 0;

  /// Sets the biases, where the layer has them, e.g. to the constant scores that fit the label
  /// frequencies.  bias [L]
  virtual void set_bias(const at::Tensor& bias) = 0;
  /// The same for raw values; of no effect without a head for them.
  virtual void set_value_bias(const at::Tensor& /*bias*/) {}

  /// Writes the statements that turn `h` into logits in `h`, and where there is a second head those
  /// that give values.
  virtual void write_script(Script& script) const = 0;

 private:
  LabelRange labels_;
};

/// Scores are one product: weight [L, d] for dense rows.
///   bf16  the weights are kept in bf16, updated by stochastic rounding
std::shared_ptr<OutputLayer> make_dense_output(int64_t width, LabelRange labels, bool bf16,
                                               const InitOptions& init);

/// The same without biases and with weight rows of length one: for x of length one / temperature
/// scores are cosines over it.
std::shared_ptr<OutputLayer> make_cosine_output(int64_t width, LabelRange labels, bool bf16,
                                                const InitOptions& init);

/// For sparse rows: weight [D, L] (feature-major), so that a row reads only its features' weights.
std::shared_ptr<OutputLayer> make_sparse_output(int64_t features, LabelRange labels);

}  // namespace spout
