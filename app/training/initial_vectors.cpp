#include "spout/app/training/initial_vectors.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

#include "spout/models/base/encoder.h"

namespace spout {
namespace {

/// The root of the mean square, of values of any size.
double mean_size(const at::Tensor& rows) {
  const double largest = std::max(rows.abs().max().item<double>(), 1e-30);
  return largest * std::sqrt((rows / largest).square().mean().item<double>());
}

}  // namespace

void begin_tokens(Encoder& encoder, const TokenVectors& vectors) {
  if (!vectors.rows.defined()) return;
  const at::NoGradGuard no_grad;
  at::Tensor table = encoder.token_table();
  const double scale = mean_size(table) / std::max(mean_size(vectors.rows), 1e-30);
  table.index_copy_(0, vectors.tokens, vectors.rows * scale);
}

}  // namespace spout
