#include "spout/losses/scores_loss.h"

#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/custom_function.h>

namespace spout {
namespace {

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

/// Checks the arguments and fits them to the loss: a loss over whole rows gets a weighted target,
/// an element-wise one the weights as they are.
LossPassArgs pass_args(const Loss& loss, const at::Tensor& scores, const at::Tensor& target,
                       const LossOptions& options, bool want_gradient) {
  check_shapes(loss, scores, target);
  if (options.check_target) check_domain(loss, target._values());
  options.weights.check(scores.size(0), scores.size(1), scores.device());
  LossPassArgs args{
      loss,           scores.contiguous(),
      target,         reduction_scale(options.reduction, scores.size(0), scores.size(1)),
      want_gradient,  options.in_place && scores.is_contiguous(),
      options.weights};
  if (loss.needs_whole_rows()) {
    args.target = options.weights.weigh(target);
    args.weights = {};
  }
  return args;
}

/// The autograd function of a loss. The gradient is made together with the value and kept for the
/// backward pass.
class SparseLossFunction : public torch::autograd::Function<SparseLossFunction> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& scores,
                            const LossPassArgs* args) {
    LossPassArgs detached = *args;
    detached.scores = scores.detach();
    ValueAndGradient result = args->loss.pass(detached);
    // The new version makes autograd throw where it would still read the overwritten scores.
    if (args->in_place) scores.unsafeGetTensorImpl()->bump_version();
    context->saved_data["gradient"] = result.gradient;
    return result.value;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& outputs) {
    TORCH_CHECK_NOT_IMPLEMENTED(!at::GradMode::is_enabled(),
                                "sparse_loss: a second derivative is not available");
    at::Tensor gradient = context->saved_data["gradient"].toTensor();
    const at::Tensor& outer = outputs[0];
    const bool is_one = outer.is_cpu() && outer.item<double>() == 1.0;  // saves a pass over [n, L]
    return {is_one ? gradient : gradient.mul(outer), {}};
  }
};

}  // namespace

at::Tensor sparse_loss(const Loss& loss, const at::Tensor& scores, const at::Tensor& target,
                       const LossOptions& options) {
  const bool tracked = scores.requires_grad() && at::GradMode::is_enabled();
  const LossPassArgs args = pass_args(loss, scores, target, options, tracked);
  if (!tracked) return loss.pass(args).value;
  return SparseLossFunction::apply(args.scores, &args);
}

ValueAndGradient loss_with_gradient(const Loss& loss, const at::Tensor& scores,
                                    const at::Tensor& target, const LossOptions& options) {
  return loss.pass(pass_args(loss, scores, target, options, /*want_gradient=*/true));
}

}  // namespace spout
