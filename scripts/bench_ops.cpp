// spout's functions as torch operators, so that benchmarks run spout and PyTorch in one process on
// the same tensors: torch.ops.load_library("libspout_bench_ops.so"), then torch.ops.spout.*.
#include <torch/library.h>

#include <map>
#include <tuple>

#include "losses/chunked.h"
#include "losses/chunked_predict.h"
#include "losses/loss.h"
#include "sparse/layout/csr.h"

namespace spout {
namespace {

/// The gradient overwrites z; returns the value, a mean over rows.
at::Tensor loss_gradient(c10::string_view loss, const at::Tensor& z, const at::Tensor& target) {
  LossOptions options;
  options.in_place = true;
  options.check_target = false;
  return loss_with_gradient(find_loss(std::string(loss)), z, target, options).value;
}

ChunkedOptions chunked_options(int64_t block_labels, double sparse_share, bool want_value) {
  ChunkedOptions options;
  options.block_labels = block_labels;
  options.sparse_gradient_share = sparse_share;
  options.want_value = want_value;
  return options;
}

/// One SGD step of a linear output layer: value and gradient into the hidden rows.
std::tuple<at::Tensor, at::Tensor> step(c10::string_view loss, const at::Tensor& hidden,
                                        const at::Tensor& weight, const at::Tensor& bias,
                                        const at::Tensor& target, double lr, double decay,
                                        int64_t number, int64_t block_labels, double sparse_share,
                                        bool want_value) {
  OptimizerOptions optimizer_options;
  optimizer_options.weight_decay = decay;
  const auto optimizer =
      find_optimizer("sgd").make({{"weight", weight}, {"bias", bias}}, optimizer_options);
  optimizer->set_num_steps(number);
  UpdateSink sink(*optimizer, weight, bias, lr);
  const ChunkedResult result =
      chunked_step(find_loss(std::string(loss)), {hidden, weight, bias, target},
                   chunked_options(block_labels, sparse_share, want_value), sink);
  return {result.value, result.hidden_gradient};
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> top_k(const at::Tensor& hidden,
                                                     const at::Tensor& weight,
                                                     const at::Tensor& bias, int64_t k) {
  HiddenScores scores(hidden, weight, bias,
                      chunked_block_labels(hidden.size(0), weight.size(0), hidden.scalar_type()));
  const Csr best = chunked_predict(scores, {k}, nullptr);
  return {best.crow, best.col, best.values};
}

}  // namespace

TORCH_LIBRARY(spout, library) {
  library.def("loss_gradient(str loss, Tensor(a!) z, Tensor target) -> Tensor",
              [](c10::string_view loss, const at::Tensor& z, const at::Tensor& target) {
                return loss_gradient(loss, z, target);
              });
  library.def(
      "step(str loss, Tensor hidden, Tensor(a!) weight, Tensor(b!) bias, Tensor target, float lr, "
      "float decay, int number, int block_labels, float sparse_share, bool want_value) -> "
      "(Tensor, Tensor)",
      &step);
  library.def("top_k(Tensor hidden, Tensor weight, Tensor bias, int k) -> (Tensor, Tensor, Tensor)",
              &top_k);
}

}  // namespace spout
