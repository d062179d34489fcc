#include "spout/models/base/layers.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_sparse_csr_tensor_unsafe.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include "spout/models/base/random_layer.h"
#include "spout/sparse/base/random.h"

namespace spout {
namespace {

at::Tensor dropout_mask(const at::Tensor& like, double p, const StepRandom& random,
                        uint64_t layer) {
  const at::Generator generator =
      torch_generator(like.device(), random.seed, RandomStream::kDropout, random.step, layer);
  return at::empty_like(like, like.options().requires_grad(false).dtype(at::kFloat))
      .bernoulli_(1.0 - p, generator)
      .div_(1.0 - p);
}

}  // namespace

at::Tensor dropout(const at::Tensor& h, double p, const StepRandom& random, uint64_t layer) {
  if (!random.training || p <= 0.0) return h;
  return h * dropout_mask(h, p, random, layer);
}

at::Tensor input_dropout(const at::Tensor& x, double p, const StepRandom& random,
                         const TokenNumbers& tokens) {
  if (!random.training || p <= 0.0) return x;
  if (x.scalar_type() == at::kLong) {
    const at::Tensor kept = dropout_mask(x, p, random, RandomLayer::kInput).ne(0);
    return x.where(kept.logical_or(x.eq(tokens.padding)), tokens.unknown);
  }
  if (x.layout() != at::kSparseCsr) return dropout(x, p, random, RandomLayer::kInput);
  return at::_sparse_csr_tensor_unsafe(x.crow_indices(), x.col_indices(),
                                       dropout(x.values(), p, random, RandomLayer::kInput),
                                       x.sizes(), x.options());
}

at::Tensor uniform_init(at::IntArrayRef sizes, double bound, const InitOptions& options,
                        uint64_t layer, at::ScalarType dtype) {
  at::Tensor weights = at::empty(sizes, dtype);
  if (!options.initialize) return weights;
  const at::Generator generator =
      torch_generator(at::kCPU, options.seed, RandomStream::kInit, 0, layer);
  if (dtype == at::kFloat) return weights.uniform_(-bound, bound, generator);
  for (at::Tensor& part : weights.view(-1).split(int64_t{1} << 20))
    part.copy_(at::empty(part.sizes(), at::kFloat).uniform_(-bound, bound, generator));
  return weights;
}

}  // namespace spout
