// spout's functions as torch operators, so that benchmarks run spout and PyTorch in one process on
// the same tensors: torch.ops.load_library("libspout_bench_ops.so"), then torch.ops.spout.*.
#include <ATen/ops/full.h>
#include <ATen/ops/randperm.h>
#include <ATen/ops/sort.h>
#include <torch/custom_class.h>
#include <torch/library.h>

#include <cmath>
#include <map>
#include <tuple>

#include "spout/losses/base/loss.h"
#include "spout/losses/base/loss_options.h"
#include "spout/losses/chunked/block_size.h"
#include "spout/losses/chunked/chunked.h"
#include "spout/losses/chunked/chunked_predict.h"
#include "spout/losses/chunked/score_blocks.h"
#include "spout/losses/loss_table.h"
#include "spout/losses/optimizers/optimizer.h"
#include "spout/losses/scores_loss.h"
#include "spout/models/outputs/two_headed_output.h"
#include "spout/sparse/layout/csr.h"

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

/// The loss as the settings want it.
Loss loss_of(c10::string_view name, int64_t num_labels, const Settings& settings) {
  Loss loss = find_loss(std::string(name));
  if (settings.contains("zero_weight")) {
    loss.parameters.zero_weight = settings.at("zero_weight");
  }
  if (settings.contains("drawn")) {
    const auto count = static_cast<int64_t>(settings.at("drawn"));
    const at::Tensor labels =
        std::get<0>(at::randperm(num_labels, at::kLong).narrow(0, 0, count).sort());
    const double each = static_cast<double>(num_labels) / static_cast<double>(count);
    loss.drawn = std::make_shared<const DrawnLabels>(
        DrawnLabels{labels, at::full({count}, std::log(each), at::kFloat)});
  }
  return loss;
}

std::vector<std::string> losses() {
  std::vector<std::string> names;
  for (const Loss& loss : loss_table())
    names.emplace_back(loss.name);
  return names;
}

/// One SGD step of a linear output layer: value and gradient into the hidden rows.
///   settings  lr, weight_decay, step, block_labels, sparse_share, want_value; all of them; and
///             zero_weight, moments (0: mse always from scores), drawn (labels of sampled-softmax)
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
  options.moments = !settings.contains("moments") || settings.at("moments") != 0.0;
  UpdateSink sink(*optimizer, weight, bias, settings.at("lr"));
  const ChunkedResult result = chunked_step(loss_of(loss, weight.size(0), settings),
                                            {hidden, weight, bias, target}, options, sink);
  return {result.value, result.hidden_gradient};
}

/// An output layer of two heads under SGD.
class TwoHeaded : public torch::CustomClassHolder {
 public:
  TwoHeaded(int64_t width, int64_t labels)
      : layer_(make_two_headed_output(width, {0, labels}, ModelOptions(), 1)) {
    NamedTensors parameters;
    for (const auto& item : layer_->named_parameters())
      parameters.emplace_back(item.key(), item.value());
    optimizer_ = find_optimizer("sgd").make(parameters, {});
  }

  at::Tensor step(const at::Tensor& hidden, const at::Tensor& target) {
    const at::AutoGradMode with_gradients(true);
    const at::Tensor x = hidden.detach().requires_grad_(true);
    const OutputUpdate update{*optimizer_, 0.1};
    const at::Tensor value = layer_->loss(x, target, find_loss("bce"), {}, &update);
    value.backward();
    optimizer_->step(0.1);
    return value.detach();
  }

 private:
  std::shared_ptr<OutputLayer> layer_;
  std::unique_ptr<Optimizer> optimizer_;
};

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
  library.def("losses() -> str[]", &losses);
  library.class_<TwoHeaded>("TwoHeaded")
      .def(torch::init<int64_t, int64_t>())
      .def("step", [](const c10::intrusive_ptr<TwoHeaded>& layer, const at::Tensor& hidden,
                      const at::Tensor& target) { return layer->step(hidden, target); });
  library.def("top_k(Tensor hidden, Tensor weight, Tensor bias, int k) -> (Tensor, Tensor, Tensor)",
              &top_k);
}

}  // namespace spout
