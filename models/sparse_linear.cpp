#include "spout/models/sparse_linear.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
#include <string>

#include "spout/losses/base/loss.h"
#include "spout/losses/chunked/chunked.h"
#include "spout/losses/loss_table.h"
#include "spout/losses/optimizers/optimizer.h"
#include "spout/models/base/layers.h"
#include "spout/models/base/random_layer.h"
#include "spout/models/outputs/product_scores.h"
#include "spout/sparse/base/plain_errors.h"

namespace spout {
namespace {

/// Drops the gradients of the weights.
class NoSink : public BlockSink {
 public:
  void take_product(int64_t, const at::Tensor&, const at::Tensor&, const at::Tensor&) override {}
  void take_block(int64_t, const at::Tensor&, const at::Tensor&) override {}
  void take_rows(const at::Tensor&, const at::Tensor&, const at::Tensor&) override {}
};

/// A step of the optimizer that has moved the layer's rows and that backward() has yet to end.
struct OpenStep : torch::CustomClassHolder {
  std::shared_ptr<Optimizer> optimizer;
  std::shared_ptr<bool> is_open;
  double lr = 0.0;
  bool has_ended = false;

  void end() {
    if (has_ended) throw Error("SparseLinear: backward() was called twice on one loss");
    has_ended = true;
    optimizer->step(lr);
    *is_open = false;
  }
};

/// The arguments of HeadLoss::forward().
struct HeadCall {
  const Loss& loss;
  const ChunkedInput& input;
  const ChunkedOptions& options;
  BlockSink& sink;
  c10::intrusive_ptr<OpenStep> step;  // null where no weights move
};

/// Makes the step in forward() and ends it in backward(). The weight is an input so that the result
/// is differentiable, and backward() callable, even where `hidden` tracks no gradient; the weight
/// itself is given no gradient.
class HeadLoss : public torch::autograd::Function<HeadLoss> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& hidden,
                            const at::Tensor& /*weight*/, const HeadCall* call) {
    ChunkedInput input = call->input;
    input.hidden = hidden.detach();
    const ChunkedResult result = chunked_step(call->loss, input, call->options, call->sink);
    context->saved_data["gradient"] = result.hidden_gradient;
    if (call->step) {
      *call->step->is_open = true;
      context->saved_data["step"] = c10::IValue::make_capsule(call->step);
    }
    return result.value;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& outputs) {
    if (at::GradMode::is_enabled()) throw Error("SparseLinear: there is no second derivative");
    const at::Tensor gradient = context->saved_data["gradient"].toTensor();
    const auto step = context->saved_data.find("step");
    if (step == context->saved_data.end()) return {gradient.mul(outputs[0]), {}, {}};
    const auto outer = outputs[0].item<double>();
    if (outer != 1.0) {
      throw Error("SparseLinear: the loss was multiplied by " + std::to_string(outer) +
                  " after its weights had moved; scale the learning rate, or pass weights in "
                  "LossOptions, instead");
    }
    c10::static_intrusive_pointer_cast<OpenStep>(step->second.toCapsule())->end();
    return {gradient, {}, {}};
  }
};

}  // namespace

HeadOptimizer::HeadOptimizer(const SparseLinear& head, std::string_view name,
                             const OptimizerOptions& options)
    : optimizer_(with_plain_errors([&] {
        const NamedTensors parameters{{"weight", head.weight()}, {"bias", head.bias()}};
        return std::shared_ptr<Optimizer>(find_optimizer(name).make(parameters, options));
      })) {}

HeadOptimizer::~HeadOptimizer() = default;
HeadOptimizer::HeadOptimizer(HeadOptimizer&&) noexcept = default;
HeadOptimizer& HeadOptimizer::operator=(HeadOptimizer&&) noexcept = default;

SparseLinear::SparseLinear(int64_t d, int64_t num_labels, const SparseLinearOptions& options)
    : is_step_open_(std::make_shared<bool>(false)) {
  with_plain_errors([&] {
    TORCH_CHECK_VALUE(d > 0 && num_labels > 0, "SparseLinear: expected positive sizes, found ", d,
                      " and ", num_labels);
    const double bound = 1.0 / std::sqrt(static_cast<double>(d));
    const auto dtype = options.bf16 ? at::kBFloat16 : at::kFloat;
    weight_ = register_parameter("weight", uniform_init({num_labels, d}, bound, {options.seed},
                                                        RandomLayer::kOutput, dtype));
    bias_ = register_parameter("bias", at::zeros({num_labels}));
  });
}

void SparseLinear::check_width(const at::Tensor& hidden) const {
  TORCH_CHECK_VALUE(hidden.dim() == 2 && hidden.size(1) == weight_.size(1),
                    "SparseLinear: expected hidden rows [n, ", weight_.size(1), "], found ",
                    hidden.sizes());
}

at::Tensor SparseLinear::forward(const at::Tensor& hidden) {
  return with_plain_errors([&] {
    check_width(hidden);
    return at::addmm(bias_, hidden.to(at::kFloat), weight_.to(at::kFloat).t());
  });
}

at::Tensor SparseLinear::loss(const at::Tensor& hidden, const at::Tensor& target,
                              const NamedLoss& loss, HeadOptimizer& optimizer, double lr,
                              const LossOptions& options) {
  return with_plain_errors([&]() -> at::Tensor {
    const Loss chosen = loss_named(loss);
    if (options.check_target && target.layout() == at::kSparse) {
      check_domain(chosen, target._values());
    }
    const at::Tensor wide = hidden.to(at::kFloat);
    const ChunkedInput input{wide.detach(), weight_.detach(), bias_.detach(), target,
                             options.weights};
    const ChunkedOptions chunked = chunked_options(options);
    if (!at::GradMode::is_enabled()) return chunked_value(chosen, input, chunked);
    if (!is_training()) {
      NoSink sink;
      const HeadCall call{chosen, input, chunked, sink, {}};
      return HeadLoss::apply(wide, weight_, &call);
    }
    TORCH_CHECK(!*is_step_open_,
                "SparseLinear: call backward() on the loss before, whose weights have moved, or "
                "work out losses that are only looked at under NoGradGuard");
    auto step = c10::make_intrusive<OpenStep>();
    step->optimizer = optimizer.optimizer_;
    step->is_open = is_step_open_;
    step->lr = lr;
    UpdateSink sink(*optimizer.optimizer_, weight_, bias_, lr);
    const HeadCall call{chosen, input, chunked, sink, step};
    try {
      return HeadLoss::apply(wide, weight_, &call);
    } catch (...) {
      optimizer.optimizer_->abandon_rows(weight_);
      throw;
    }
  });
}

Csr SparseLinear::predict(const at::Tensor& hidden, const DecodeOptions& options) const {
  return with_plain_errors([&] {
    const at::NoGradGuard no_grad;
    check_width(hidden);
    return predict_products(hidden.detach(), weight_, bias_, options, nullptr, nullptr);
  });
}

}  // namespace spout
