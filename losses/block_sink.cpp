#include "losses/block_sink.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>

namespace spout {

UpdateSink::UpdateSink(Optimizer& optimizer, const at::Tensor& weight, const at::Tensor& bias,
                       double lr)
    : optimizer_(optimizer), weight_(weight), bias_(bias), lr_(lr) {}

void UpdateSink::begin() {
  optimizer_.begin_rows(weight_);
  scratch_.resize(static_cast<size_t>(at::get_num_threads()));
}

void UpdateSink::take_product(int64_t begin, const at::Tensor& g, const at::Tensor& x,
                              const at::Tensor& bias_gradient) {
  if (const auto plain = optimizer_.plain_step(lr_); plain && weight_.scalar_type() == at::kFloat) {
    // The product goes straight into the weights. In bf16 that would round small steps away.
    weight_.detach().narrow(0, begin, g.size(1)).addmm_(g.t(), x, plain->kept, -plain->rate);
  } else {
    const int64_t count = g.size(1) * x.size(1);
    at::Tensor& scratch = scratch_[static_cast<size_t>(at::get_thread_num())];
    if (!scratch.defined() || scratch.numel() < count) scratch = at::empty({count}, x.options());
    at::Tensor gradient = scratch.narrow(0, 0, count).view({g.size(1), x.size(1)});
    at::mm_out(gradient, g.t(), x);
    optimizer_.update_rows(weight_, begin, gradient, lr_);
  }
  take_bias(begin, bias_gradient);
}

void UpdateSink::take_block(int64_t begin, const at::Tensor& gradient,
                            const at::Tensor& bias_gradient) {
  optimizer_.update_rows(weight_, begin, gradient, lr_);
  take_bias(begin, bias_gradient);
}

RowUpdater UpdateSink::label_updater() {
  if (!optimizer_.rests_at_zero()) return {};
  return optimizer_.row_updater(weight_, lr_);
}

void UpdateSink::take_bias(int64_t begin, const at::Tensor& bias_gradient) {
  optimizer_.update_rows(bias_, begin, bias_gradient, lr_);
}

void GradientSink::take_product(int64_t begin, const at::Tensor& g, const at::Tensor& x,
                                const at::Tensor& bias_gradient) {
  weight_.narrow(0, begin, g.size(1)).add_(at::mm(g.t(), x));
  bias_.narrow(0, begin, g.size(1)).add_(bias_gradient);
}

void GradientSink::take_block(int64_t begin, const at::Tensor& gradient,
                              const at::Tensor& bias_gradient) {
  weight_.narrow(0, begin, gradient.size(0)).add_(gradient);
  bias_.narrow(0, begin, gradient.size(0)).add_(bias_gradient);
}

}  // namespace spout
