// The first half of a model: features -> hidden rows.
#pragma once

#include <torch/nn/module.h>

#include "models/layers.h"

namespace spout {

class Script;

class Encoder : public torch::nn::Module {
 public:
  /// x [n, D] f32, torch.sparse_csr or dense -> [n, width()]
  virtual at::Tensor encode(const at::Tensor& x, const StepRandom& random) = 0;
  virtual int64_t width() const = 0;
  /// Writes the statements that turn `x` into `h`.
  virtual void write_script(Script& script) const = 0;
};

}  // namespace spout
