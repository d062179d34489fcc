#include "spout/models/fitted/ease.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cholesky_inverse.h>
#include <ATen/ops/linalg_cholesky.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include "spout/models/base/model.h"
#include "spout/models/encoders/linear.h"
#include "spout/models/fitted/ease_ridge.h"
#include "spout/sparse/layout/row_sum.h"

namespace spout {
namespace {

/// The matrix X^T X, whose row for an item is the sum of the rows of the users who have the item.
at::Tensor gram_matrix(const Csr& x) {
  const Csr users = transpose(x);
  at::Tensor gram = at::zeros({x.cols, x.cols});
  auto* values = gram.mutable_data_ptr<float>();
  at::parallel_for(0, x.cols, 64, [&](int64_t begin, int64_t end) {
    for (int64_t item = begin; item < end; ++item) {
      add_rows(x, users.row_columns(item), users.row_values(item), values + item * x.cols);
    }
  });
  return gram;
}

/// The inverse P of X^T X + ridge I.
at::Tensor inverse_gram(const Csr& x, double ridge) {
  at::Tensor inverse = gram_matrix(x);
  inverse.diagonal().add_(ridge);
  return at::cholesky_inverse(at::linalg_cholesky(inverse));
}

/// Makes B of P, in its memory.
///   diagonal  of P, a copy
at::Tensor to_weights(at::Tensor inverse, const at::Tensor& diagonal) {
  inverse.div_(diagonal.neg()).diagonal().zero_();
  return inverse;
}

}  // namespace

std::shared_ptr<Model> make_ease(const ModelShape& shape, const ModelOptions& options,
                                 uint64_t seed) {
  return make_linear(shape, options, seed);
}

double fit_ease(Model& model, const FitInput& input, const ModelOptions& options) {
  const Csr& x = input.x;
  const at::NoGradGuard no_grad;
  const auto parameters = model.named_parameters();
  at::Tensor weight = parameters["output.weight"];
  TORCH_CHECK_VALUE(weight.size(0) == weight.size(1) && x.cols == weight.size(0),
                    "ease: learns items from items, found ", weight.size(0), " features and ",
                    weight.size(1), " labels");
  double ridge = options.ease.ridge;
  if (ridge == 0.0) {
    ridge = choose_ridge(input, [](const Csr& rows, double value) {
      const at::Tensor inverse = inverse_gram(rows, value);
      return to_weights(inverse, inverse.diagonal().clone());
    });
    if (input.settled) input.settled({{"ridge", fmt::format("{:g}", ridge)}});
  }
  const at::Tensor inverse = inverse_gram(x, ridge);
  const at::Tensor diagonal = inverse.diagonal().clone();
  weight.copy_(to_weights(inverse, diagonal));
  parameters["output.bias"].zero_();
  const double objective = (diagonal.to(at::kDouble).reciprocal() - ridge).sum().item<double>();
  return objective / static_cast<double>(x.rows);
}

double fit_ease_bytes(const FitSize& size) {
  const auto items = static_cast<double>(size.shape.labels);
  return 3 * items * items * 4;
}

}  // namespace spout
