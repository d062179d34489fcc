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

  /// Registers a module that `x` is given to, in the state it is in; returns its name.
  std::string submodule(const std::string& name, const torch::jit::Module& module);

  /// Adds a statement; `x` is the input [n, D] (dense or torch.sparse_csr), `h` the value carried
  /// from one layer to the next.
  void statement(const std::string& line);

  /// The statements that follow are the output layer's, which begins with the hidden rows in `h`.
  void begin_output() { body_ = &output_; }

  /// Adds a statement that works out `v`, the values of entries (`row`, `col`), from hidden rows
  /// `h`. Without any the values are the scores.
  void values(const std::string& line);

  /// Defines forward(x) -> logits [n, L], predict_parts(x, k, threshold) -> (crow, col, values) and
  /// predict(x, k, threshold) -> torch.sparse_csr [n, L], columns ascending: the best k, or with
  /// k = 0 all, of the scores above the threshold.
  torch::jit::Module finish();

 private:
  torch::jit::Module module_;
  std::string encoder_;
  std::string output_;
  std::string values_;
  std::string* body_ = &encoder_;
};

}  // namespace spout
