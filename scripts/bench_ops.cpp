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

using Settings = c10::Dict<std::string, double>;

/// One SGD step of a linear output layer: value and gradient into the hidden rows.
///   settings  lr, weight_decay, step, block_labels, sparse_share, want_value; all of them
std::tuple<at::Tensor, at::Tensor> step(c10::string_view loss, const at::Tensor& hidden,
                                        const at::Tensor& weight, const at::Tensor& bias,
                                        const at::Tensor& target, const Settings& settings) {
  OptimizerOptions optimizer_options;
  optimizer_options.weight_decay = settings.at("weight_decay");
  const auto optimizer =
      find_optimizer("sgd").make({{"weight", weight}, {"bias", bias}}, optimizer_options);
  optimizer->set_num_steps(static_cast<int64_t>(settings.at("step")));
  ChunkedOptions options;
  options.block_labels = static_cast<int64_t>(settings.at("block_labels"));
  options.sparse_gradient_share = settings.at("sparse_share");
  options.want_value = settings.at("want_value") != 0.0;
  UpdateSink sink(*optimizer, weight, bias, settings.at("lr"));
  const ChunkedResult result =
      chunked_step(find_loss(std::string(loss)), {hidden, weight, bias, target}, options, sink);
  return {result.value, result.hidden_gradient};
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> top_k(const at::Tensor& hidden,
                                                     const at::Tensor& weight,
                                                     const at::Tensor& bias, int64_t k) {
  const at::Tensor x = hidden.to(product_dtype(weight));
  HiddenScores scores(x, weight, bias,
                      chunked_block_labels(x.size(0), weight.size(0), x.options()));
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
      "step(str loss, Tensor hidden, Tensor(a!) weight, Tensor(b!) bias, Tensor target, "
      "Dict(str, float) settings) -> (Tensor, Tensor)",
      &step);
  library.def("top_k(Tensor hidden, Tensor weight, Tensor bias, int k) -> (Tensor, Tensor, Tensor)",
              &top_k);
}

}  // namespace spout
