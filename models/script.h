// The TorchScript twin of a model, written while walking it: parameters are registered, statements
// collected, and the module is compiled once at the end. Tensors are shared, not copied.
#pragma once

#include <torch/csrc/jit/api/module.h>

#include <string>

namespace spout {

class Script {
 public:
  /// labels  L, the width of the predicted matrix
  explicit Script(int64_t labels);

  /// Registers a tensor and returns the expression that names it ("self.name").
  std::string parameter(const std::string& name, const at::Tensor& tensor);

  /// Adds a statement to forward(); `x` is the input [n, D] (dense or torch.sparse_csr), `h` the
  /// value carried from one layer to the next.
  void statement(const std::string& line);

  /// Defines forward(x) -> logits [n, L], predict_parts(x, k) -> (crow, col, values) and
  /// predict(x, k) -> torch.sparse_csr [n, L], columns ascending.
  torch::jit::Module finish();

 private:
  torch::jit::Module module_;
  std::string body_;
};

}  // namespace spout
