// The first half of a model: features -> hidden rows.
#pragma once

#include <torch/nn/module.h>

#include "models/layers.h"

namespace spout {

class Script;

/// Hidden rows, and what the loss has beside that of the scores.
struct Encoded {
  at::Tensor hidden;   // [n, width()]
  at::Tensor penalty;  // scalar, mean per row; undefined: nothing
};

class Encoder : public torch::nn::Module {
 public:
  /// x [n, D] f32, torch.sparse_csr or dense, or tokens [n, T] i64 -> [n, width()]
  virtual at::Tensor encode(const at::Tensor& x, const StepRandom& random) = 0;
  /// The same for a step of training.
  virtual Encoded encode_with_penalty(const at::Tensor& x, const StepRandom& random) {
    return {encode(x, random), {}};
  }
  virtual int64_t width() const = 0;
  /// Writes the statements that turn `x` into `h`.
  virtual void write_script(Script& script) const = 0;
};

}  // namespace spout
