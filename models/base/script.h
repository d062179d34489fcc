// Builds the TorchScript module of a model: the encoder and then the output layer register their
// parameters and add statements, and the module is compiled once at the end. Tensors are shared.
#pragma once

#include <torch/csrc/jit/api/module.h>

#include <string>

namespace spout {

class Script {
 public:
  /// Begins with the encoder's statements.
  ///   labels  L, the width of the predicted matrix
  explicit Script(int64_t labels);

  /// Registers a tensor and returns the expression that names it ("self.name").
  std::string parameter(const std::string& name, const at::Tensor& tensor);

  /// Registers a module in the state it is in and returns the expression that names it.
  std::string submodule(const std::string& name, const torch::jit::Module& module);

  /// Adds a statement. In it `x` is the input, and `h` the value carried from one layer to the
  /// next.
  ///   x  [n, D] dense or torch.sparse_csr, or tokens [n, T]
  void statement(const std::string& line);

  /// Ends the encoder's statements and begins the output layer's, which find hidden rows in `h`.
  void begin_output() { body_ = &output_; }

  /// Adds a statement that computes `v`, the values of the entries (`row`, `col`), from hidden rows
  /// `h`. Without such a statement the values are the scores.
  void values(const std::string& line);

  /// Compiles the module. It has forward(x) -> logits [n, L], predict_parts(x, k, threshold) ->
  /// (crow, col, values) and predict(x, k, threshold) -> torch.sparse_csr [n, L] with ascending
  /// columns: of the scores above the threshold the best k, or all where k = 0.
  torch::jit::Module finish();

 private:
  torch::jit::Module module_;
  std::string encoder_;
  std::string output_;
  std::string values_;
  std::string* body_ = &encoder_;
};

}  // namespace spout
