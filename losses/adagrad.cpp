// s += g^2,  w -= lr g / (sqrt(s) + eps), with g = gradient + decay w.
// Source: Duchi, Hazan, Singer (JMLR 2011), figure 1 with a diagonal matrix.
#include "losses/adagrad.h"

namespace spout {
namespace {

class Adagrad : public Optimizer {
 public:
  Adagrad(NamedTensors parameters, const OptimizerOptions& options)
      : Optimizer(std::move(parameters)), options_(options), squares_(zeros_like_parameters()) {}

  NamedTensors state() const override {
    NamedTensors state;
    append_state(state, "squares", squares_);
    return state;
  }

 protected:
  // ATen's fused Adagrad exists on the CPU only; these operations run everywhere.
  void update(const Active& active, double lr) override {
    for (size_t i = 0; i < active.index.size(); ++i) {
      at::Tensor gradient = active.gradients[i];
      if (options_.weight_decay > 0.0) {
        gradient = gradient.add(active.parameters[i], options_.weight_decay);
      }
      const at::Tensor& squares = squares_[active.index[i]];
      squares.addcmul_(gradient, gradient);
      active.parameters[i].addcdiv_(gradient, squares.sqrt().add_(options_.eps), -lr);
    }
  }

 private:
  OptimizerOptions options_;
  std::vector<at::Tensor> squares_;
};

}  // namespace

std::unique_ptr<Optimizer> make_adagrad(NamedTensors parameters, const OptimizerOptions& options) {
  return std::make_unique<Adagrad>(std::move(parameters), options);
}

}  // namespace spout
