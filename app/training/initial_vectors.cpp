#include "spout/app/training/initial_vectors.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

#include "spout/models/base/encoder.h"

namespace spout {
namespace {

double mean_square(const at::Tensor& rows) {
  return rows.square().mean().item<double>();
}

}  // namespace

void begin_tokens(Encoder& encoder, const TokenVectors& vectors) {
  if (!vectors.rows.defined()) return;
  const at::NoGradGuard no_grad;
  at::Tensor table = encoder.token_table();
  const double scale = std::sqrt(mean_square(table) / std::max(mean_square(vectors.rows), 1e-30));
  table.index_copy_(0, vectors.tokens, vectors.rows * scale);
}

}  // namespace spout
