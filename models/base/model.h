// A model is an encoder in front of an output layer; model_table.h makes one by name.
#pragma once

#include <torch/nn/module.h>

#include <memory>

#include "spout/models/base/encoder.h"
#include "spout/models/base/model_options.h"
#include "spout/models/base/output_layer.h"

namespace torch::jit {
struct Module;
}

namespace spout {

/// The entries that a model predicts for some rows, in host memory. They are chosen and ranked by
/// their scores; of a model with one head, the values are the scores.
struct Prediction {
  Csr scores;
  Csr values;
};

class Model : public torch::nn::Module {
 public:
  Model(std::shared_ptr<Encoder> encoder, std::shared_ptr<OutputLayer> output);

  /// The scores of all labels.
  ///   x  as in Encoder::encode()    returns logits [n, L]
  at::Tensor scores(const at::Tensor& x);

  /// The loss of a batch, to call backward() on; see OutputLayer::loss().
  ///   target  COO [n, L], coalesced
  at::Tensor loss(const at::Tensor& x, const at::Tensor& target, const Loss& loss,
                  const LossOptions& options, const StepRandom& random,
                  const OutputUpdate* update = nullptr);

  /// The best entries of every row, their scores alone; `seen` may be null.
  Csr predict_scores(const at::Tensor& x, const DecodeOptions& options, const Csr* seen);

  /// The best entries of every row, scores and values; `seen` and `report` may be null.
  Prediction predict(const at::Tensor& x, const DecodeOptions& options, const Csr* seen,
                     DecodeReport* report = nullptr);

  /// The model as a TorchScript module with the same weights.
  ///   l2_columns  if above 0, the module scales the first l2_columns features of a row to length
  ///               1; features of users follow those of items and are not scaled with them
  torch::jit::Module to_script(int64_t l2_columns = 0) const;

  Encoder& encoder() { return *encoder_; }
  OutputLayer& output() { return *output_; }

 private:
  std::shared_ptr<Encoder> encoder_;
  std::shared_ptr<OutputLayer> output_;
};

}  // namespace spout
