#include "spout/losses/chunked/block_sink.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros.h>

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
  if (const auto plain = optimizer_.plain_step(weight_, lr_);
      plain && weight_.scalar_type() == at::kFloat) {
    // The product goes straight into the weights. bf16 weights would lose small steps by rounding.
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

void UpdateSink::take_rows(const at::Tensor& labels, const at::Tensor& gradient,
                           const at::Tensor& bias_gradient) {
  optimizer_.update_listed_rows(weight_, labels, gradient, lr_);
  if (!bias_.defined()) return;
  take_bias(
      0, at::zeros(bias_.sizes(), bias_gradient.options()).index_copy_(0, labels, bias_gradient));
}

RowUpdater UpdateSink::label_updater() {
  if (!optimizer_.rests_at_zero()) return {};
  return optimizer_.row_updater(weight_, lr_);
}

void UpdateSink::take_bias(int64_t begin, const at::Tensor& bias_gradient) {
  if (bias_.defined()) optimizer_.update_rows(bias_, begin, bias_gradient, lr_);
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

void GradientSink::take_rows(const at::Tensor& labels, const at::Tensor& gradient,
                             const at::Tensor& bias_gradient) {
  weight_.index_add_(0, labels, gradient.to(weight_.scalar_type()));
  bias_.index_add_(0, labels, bias_gradient.to(bias_.scalar_type()));
}

}  // namespace spout
