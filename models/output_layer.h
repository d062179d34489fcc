// The second half of a model: hidden rows -> label scores, and all that is done with scores. Losses
// and predictions are asked of this layer rather than computed from its scores, so that a layer may
// run in blocks of labels and never hold [n, L], own a share of the labels, give two scores per
// entry, or keep its weight as CSR.
#pragma once

#include <torch/nn/module.h>

#include "losses/loss.h"
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

class OutputLayer : public torch::nn::Module {
 public:
  explicit OutputLayer(LabelRange labels) : labels_(labels) {}

  /// The labels whose weights live in this process.
  LabelRange labels() const { return labels_; }
  /// 1, or 2 where a second head gives a value beside the score.
  virtual int64_t scores_per_entry() const { return 1; }

  /// x [n, d] dense (or features [n, D] sparse) -> [n, labels().size()], or [..., 2].
  virtual at::Tensor scores(const at::Tensor& x) const = 0;

  /// Differentiable in x and in the layer's parameters.
  ///   target  COO [n, L], coalesced; of a sharded layer, its own columns
  virtual at::Tensor loss(const at::Tensor& x, const at::Tensor& target, const Loss& loss,
                          const LossOptions& options);

  /// The best entries of every row; `seen` (may be null) names entries that must not be chosen.
  virtual Csr predict(const at::Tensor& x, const DecodeOptions& options, const Csr* seen) const;

  /// Sets the biases, e.g. to the constant scores that fit the label frequencies.  bias [L]
  virtual void set_bias(const at::Tensor& bias) = 0;

  /// Writes the statements that turn `h` into logits in `h`.
  virtual void write_script(Script& script) const = 0;

 private:
  LabelRange labels_;
};

/// Scores are one product: weight [L, d] for dense rows.
std::shared_ptr<OutputLayer> make_dense_output(int64_t width, LabelRange labels,
                                               const InitOptions& init);

/// For sparse rows: weight [D, L] (feature-major), so that a row reads only its features' weights.
std::shared_ptr<OutputLayer> make_sparse_output(int64_t features, LabelRange labels);

}  // namespace spout
