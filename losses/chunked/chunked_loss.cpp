#include "spout/losses/chunked/chunked_loss.h"

#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/custom_function.h>

namespace spout {
namespace {

struct ChunkedCall {
  const Loss& loss;
  const ChunkedInput& input;
  const ChunkedOptions& options;
  BlockSink& sink;
};

class ChunkedLossFunction : public torch::autograd::Function<ChunkedLossFunction> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& hidden,
                            const ChunkedCall* call) {
    ChunkedInput input = call->input;
    input.hidden = hidden;
    const ChunkedResult result = chunked_step(call->loss, input, call->options, call->sink);
    context->saved_data["gradient"] = result.hidden_gradient;
    return result.value;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& outputs) {
    TORCH_CHECK_NOT_IMPLEMENTED(!at::GradMode::is_enabled(),
                                "chunked_loss: a second derivative is not available");
    const at::Tensor& outer = outputs[0];
    TORCH_CHECK(!outer.is_cpu() || outer.item<double>() == 1.0,
                "chunked_loss: the loss was multiplied by ", outer.item<double>(),
                " after its weights' gradients were used; pass weights in instead");
    return {context->saved_data["gradient"].toTensor(), {}};
  }
};

}  // namespace

at::Tensor chunked_loss(const Loss& loss, const ChunkedInput& input, const ChunkedOptions& options,
                        BlockSink& sink) {
  ChunkedInput widened = input;
  widened.hidden = input.hidden.to(at::kFloat);
  if (!at::GradMode::is_enabled()) return chunked_value(loss, widened, options);
  if (!input.hidden.requires_grad()) return chunked_step(loss, widened, options, sink).value;
  const ChunkedCall call{loss, widened, options, sink};
  return ChunkedLossFunction::apply(widened.hidden, &call);
}

}  // namespace spout
