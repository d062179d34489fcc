// m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2,  w -= lr m_hat / (sqrt(v_hat) + eps), with both
// moments corrected for their start at zero. `adam` adds decay * w to g; `adamw` takes lr * decay *
// w off w instead. Sources: Kingma, Ba (ICLR 2015), algorithm 1; Loshchilov, Hutter (ICLR 2019),
// algorithm 2. ATen's fused kernels make it one pass over memory.
#include "losses/adam.h"

#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_adamw.h>

namespace spout {
namespace {

class Adam : public Optimizer {
 public:
  Adam(NamedTensors parameters, const OptimizerOptions& options, bool decoupled_decay)
      : Optimizer(std::move(parameters)),
        options_(options),
        decoupled_decay_(decoupled_decay),
        mean_(zeros_like_parameters()),
        square_(zeros_like_parameters()) {}

  NamedTensors state() const override {
    NamedTensors state;
    append_state(state, "mean", mean_);
    append_state(state, "square", square_);
    return state;
  }

 protected:
  void update(const Active& active, double lr) override {
    const auto fused = [&](const auto& kernel) {
      kernel(active.parameters, active.gradients, active.pick(mean_), active.pick(square_),
             at::TensorList{}, active.steps, lr, options_.beta1, options_.beta2,
             options_.weight_decay, options_.eps, /*amsgrad=*/false, /*maximize=*/false);
    };
    if (decoupled_decay_) {
      fused([](auto&&... args) { at::_fused_adamw_(args...); });
    } else {
      fused([](auto&&... args) { at::_fused_adam_(args...); });
    }
  }

 private:
  OptimizerOptions options_;
  bool decoupled_decay_;
  std::vector<at::Tensor> mean_;
  std::vector<at::Tensor> square_;
};

}  // namespace

std::unique_ptr<Optimizer> make_adam(NamedTensors parameters, const OptimizerOptions& options) {
  return std::make_unique<Adam>(std::move(parameters), options, /*decoupled_decay=*/false);
}

std::unique_ptr<Optimizer> make_adamw(NamedTensors parameters, const OptimizerOptions& options) {
  return std::make_unique<Adam>(std::move(parameters), options, /*decoupled_decay=*/true);
}

}  // namespace spout
