// A model: an encoder in front of an output layer, made by name from the table of models.
#pragma once

#include <torch/nn/module.h>

#include <memory>

#include "models/encoder.h"
#include "models/model_options.h"
#include "models/output_layer.h"

namespace torch::jit {
struct Module;
}

namespace spout {

/// What a model predicts for some rows, in host memory: which entries, their scores, by which they
/// were chosen and may be ranked, and their values. With one head those are the same.
struct Prediction {
  Csr scores;
  Csr values;
};

class Model : public torch::nn::Module {
 public:
  Model(std::shared_ptr<Encoder> encoder, std::shared_ptr<OutputLayer> output);

  /// x [n, D] f32, torch.sparse_csr or dense -> logits [n, L]
  at::Tensor scores(const at::Tensor& x);

  /// The loss of a batch, to call backward() on; see OutputLayer::loss().   target COO [n, L]
  at::Tensor loss(const at::Tensor& x, const at::Tensor& target, const Loss& loss,
                  const LossOptions& options, const StepRandom& random,
                  const OutputUpdate* update = nullptr);

  /// The scores alone of the best entries of every row; `seen` may be null.
  Csr predict_scores(const at::Tensor& x, const DecodeOptions& options, const Csr* seen);

  /// The best entries of every row; `seen` and `report` may be null.
  Prediction predict(const at::Tensor& x, const DecodeOptions& options, const Csr* seen,
                     DecodeReport* report = nullptr);

  /// A TorchScript module with the same weights.
  ///   l2_columns  so many columns of its input rows it first scales to length 1; 0: none
  torch::jit::Module to_script(int64_t l2_columns = 0) const;

  OutputLayer& output() { return *output_; }

 private:
  std::shared_ptr<Encoder> encoder_;
  std::shared_ptr<OutputLayer> output_;
};

}  // namespace spout
