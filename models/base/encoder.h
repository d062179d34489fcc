// The first half of a model: an encoder turns features into the hidden rows [n, d] that the output
// layer reads.
#pragma once

#include <torch/nn/module.h>

#include "spout/models/base/layers.h"

namespace spout {

class Script;

/// Hidden rows, and a penalty that the loss of a batch adds to that of the scores.
struct Encoded {
  at::Tensor hidden;   // [n, width()]
  at::Tensor penalty;  // scalar, mean per row; undefined: none
};

class Encoder : public torch::nn::Module {
 public:
  /// Encodes a batch.
  ///   x [n, D] f32, torch.sparse_csr or dense, or tokens [n, T] i64    returns [n, width()]
  virtual at::Tensor encode(const at::Tensor& x, const StepRandom& random) = 0;
  /// Encodes a batch whose loss is wanted, with the encoder's penalty.
  virtual Encoded encode_with_penalty(const at::Tensor& x, const StepRandom& random) {
    return {encode(x, random), {}};
  }
  virtual int64_t width() const = 0;
  /// The parameter [D, d] that holds a vector for each token; undefined: there is none.
  virtual at::Tensor token_table() const { return {}; }
  /// Writes the TorchScript statements that turn `x` into `h`.
  virtual void write_script(Script& script) const = 0;
};

}  // namespace spout
