// w -= lr (g + decay w); with momentum m: b = m b + g + decay w, w -= lr b. The momentum buffer
// starts at zero, so that the first step is the plain one. ATen's fused kernel makes it one pass.
#include "losses/sgd.h"

#include <ATen/ops/_fused_sgd.h>

namespace spout {
namespace {

class Sgd : public Optimizer {
 public:
  Sgd(NamedTensors parameters, const OptimizerOptions& options)
      : Optimizer(std::move(parameters)), options_(options) {
    if (options_.momentum > 0.0) momentum_ = zeros_like_parameters();
  }

  NamedTensors state() const override {
    NamedTensors state;
    append_state(state, "momentum", momentum_);
    return state;
  }

 protected:
  void update(const Active& active, double lr) override {
    const std::vector<at::Tensor> momentum =
        momentum_.empty() ? std::vector<at::Tensor>{} : active.pick(momentum_);
    at::_fused_sgd_(active.parameters, active.gradients, momentum, options_.weight_decay,
                    options_.momentum, lr, /*dampening=*/0.0, /*nesterov=*/false,
                    /*maximize=*/false, /*is_first_step=*/false);
  }

 private:
  OptimizerOptions options_;
  std::vector<at::Tensor> momentum_;  // empty without momentum
};

}  // namespace

std::unique_ptr<Optimizer> make_sgd(NamedTensors parameters, const OptimizerOptions& options) {
  return std::make_unique<Sgd>(std::move(parameters), options);
}

}  // namespace spout
