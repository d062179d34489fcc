#include "losses/loss.h"

#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "losses/elementwise.h"
#include "losses/sampled_softmax.h"
#include "losses/softmax.h"
#include "sparse/layout/find_by_name.h"

namespace spout {
namespace {

/// All element-wise formulas, then those over whole rows.
std::array<Loss, kNumElementwise + 2> make_table() {
  std::array<Loss, kNumElementwise + 2> table;
  const auto elementwise = elementwise_losses();
  std::copy(elementwise.begin(), elementwise.end(), table.begin());
  Loss& softmax = table[kNumElementwise];
  softmax = {"softmax",
             "multinomial cross-entropy over all labels of a row",
             Domain::kNonNegative,
             &softmax_loss,
             &softmax_reference,
             [](const LossParameters& /*parameters*/, double mean) { return std::log(mean); },
             0.0F,
             -1,
             {},
             {}};
  Loss& sampled = table[kNumElementwise + 1];
  sampled = softmax;
  sampled.name = "sampled-softmax";
  sampled.help = "softmax over the targets and --sampled-labels others, for very many labels";
  sampled.pass = &sampled_softmax_loss;
  sampled.reference = &sampled_softmax_reference;
  sampled.samples = true;
  return table;
}

void check_shapes(const Loss& loss, const at::Tensor& scores, const at::Tensor& target) {
  TORCH_CHECK_VALUE(scores.dim() == 2 && scores.layout() == at::kStrided, loss.name,
                    ": scores must be a dense matrix [n, L], found ", scores.layout(), " ",
                    scores.sizes());
  TORCH_CHECK_VALUE(scores.scalar_type() == at::kFloat || scores.scalar_type() == at::kDouble,
                    loss.name, ": scores must be f32 or f64, found ", scores.scalar_type());
  TORCH_CHECK_VALUE(target.layout() == at::kSparse, loss.name,
                    ": the target must be a sparse COO tensor, found ", target.layout());
  TORCH_CHECK_VALUE(target.is_coalesced(), loss.name, ": the target must be coalesced");
  TORCH_CHECK_VALUE(target.sizes() == scores.sizes(), loss.name, ": scores ", scores.sizes(),
                    " but target ", target.sizes());
  TORCH_CHECK_VALUE(target.device() == scores.device(), loss.name, ": scores on ", scores.device(),
                    " but target on ", target.device());
}

/// Losses over whole rows weigh the target; formulas get the weights as they are.
LossPassArgs pass_args(const Loss& loss, const at::Tensor& scores, const at::Tensor& target,
                       const LossOptions& options, bool want_gradient) {
  check_shapes(loss, scores, target);
  if (options.check_target) check_domain(loss, target._values());
  options.weights.check(scores.size(0), scores.size(1), scores.device());
  LossPassArgs args{scores.contiguous(),
                    target,
                    reduction_scale(options.reduction, scores.size(0), scores.size(1)),
                    want_gradient,
                    options.in_place && scores.is_contiguous(),
                    options.weights,
                    loss.parameters,
                    loss.drawn};
  if (loss.formula < 0) {
    args.target = options.weights.weigh(target);
    args.weights = {};
  }
  return args;
}

/// The gradient is made together with the value and kept for the backward pass.
class SparseLossFunction : public torch::autograd::Function<SparseLossFunction> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& scores,
                            const Loss* loss, const LossPassArgs* args) {
    LossPassArgs detached = *args;
    detached.scores = scores.detach();
    ValueAndGradient result = loss->pass(detached);
    if (args->in_place) scores.unsafeGetTensorImpl()->bump_version();  // stale readers get an error
    context->saved_data["gradient"] = result.gradient;
    return result.value;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& outputs) {
    TORCH_CHECK_NOT_IMPLEMENTED(!at::GradMode::is_enabled(),
                                "sparse_loss: a second derivative is not available");
    at::Tensor gradient = context->saved_data["gradient"].toTensor();
    const at::Tensor& outer = outputs[0];
    const bool is_one = outer.is_cpu() && outer.item<double>() == 1.0;  // spares a pass over [n, L]
    return {is_one ? gradient : gradient.mul(outer), {}, {}};
  }
};

}  // namespace

double reduction_scale(Reduction reduction, int64_t n, int64_t num_labels) {
  const auto rows = static_cast<double>(n);
  const double count = reduction == Reduction::kSum       ? 1.0
                       : reduction == Reduction::kRowMean ? rows
                                                          : rows * static_cast<double>(num_labels);
  return count == 0.0 ? 0.0 : 1.0 / count;
}

std::span<const Loss> loss_table() {
  static const auto kTable = make_table();
  return kTable;
}

const Loss& find_loss(std::string_view name) {
  return find_by_name(loss_table(), name, "loss");
}

void check_domain(const Loss& loss, const at::Tensor& values) {
  check_domain(loss.name, loss.domain, values);
}

at::Tensor sparse_loss(const Loss& loss, const at::Tensor& scores, const at::Tensor& target,
                       const LossOptions& options) {
  const bool tracked = scores.requires_grad() && at::GradMode::is_enabled();
  const LossPassArgs args = pass_args(loss, scores, target, options, tracked);
  if (!tracked) return loss.pass(args).value;
  return SparseLossFunction::apply(args.scores, &loss, &args);
}

ValueAndGradient loss_with_gradient(const Loss& loss, const at::Tensor& scores,
                                    const at::Tensor& target, const LossOptions& options) {
  return loss.pass(pass_args(loss, scores, target, options, /*want_gradient=*/true));
}

}  // namespace spout
