#include "models/layers.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_sparse_csr_tensor_unsafe.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/embedding_bag.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include <limits>

#include "sparse/batch/random.h"

namespace spout {
namespace {

constexpr int64_t kSumMode = 0;
constexpr uint64_t kInputLayer = std::numeric_limits<uint64_t>::max();

at::Tensor dropout_mask(const at::Tensor& like, double p, const StepRandom& random,
                        uint64_t layer) {
  const at::Generator generator =
      torch_generator(like.device(), random.seed, RandomStream::kDropout, random.step, layer);
  return at::empty_like(like, like.options().requires_grad(false).dtype(at::kFloat))
      .bernoulli_(1.0 - p, generator)
      .div_(1.0 - p);
}

}  // namespace

at::Tensor sparse_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  TORCH_CHECK_VALUE(x.dim() == 2 && x.size(1) == weight.size(0), "sparse_linear: x ", x.sizes(),
                    " but weight ", weight.sizes());
  if (x.layout() != at::kSparseCsr) return at::addmm(bias, x, weight);
  const auto bags = at::embedding_bag(weight, x.col_indices(), x.crow_indices(),
                                      /*scale_grad_by_freq=*/false, kSumMode, /*sparse=*/false,
                                      x.values(), /*include_last_offset=*/true);
  return std::get<0>(bags) + bias;
}

at::Tensor dropout(const at::Tensor& h, double p, const StepRandom& random, uint64_t layer) {
  if (!random.training || p <= 0.0) return h;
  return h * dropout_mask(h, p, random, layer);
}

at::Tensor input_dropout(const at::Tensor& x, double p, const StepRandom& random) {
  if (!random.training || p <= 0.0) return x;
  if (x.layout() != at::kSparseCsr) return dropout(x, p, random, kInputLayer);
  return at::_sparse_csr_tensor_unsafe(x.crow_indices(), x.col_indices(),
                                       dropout(x.values(), p, random, kInputLayer), x.sizes(),
                                       x.options());
}

at::Tensor uniform_init(at::IntArrayRef sizes, double bound, const InitOptions& options,
                        uint64_t layer) {
  if (!options.initialize) return at::empty(sizes, at::kFloat);
  const at::Generator generator =
      torch_generator(at::kCPU, options.seed, RandomStream::kInit, 0, layer);
  return at::empty(sizes, at::kFloat).uniform_(-bound, bound, generator);
}

}  // namespace spout
