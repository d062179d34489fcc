#include "spout/models/fitted/ease.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "spout/models/base/model.h"
#include "spout/models/encoders/linear.h"
#include "spout/models/fitted/block_inverse.h"
#include "spout/models/fitted/ease_ridge.h"
#include "spout/sparse/layout/row_sum.h"

namespace spout {
namespace {

/// Puts X^T X into `gram` [L, L]. The row of an item is the sum of the rows of the users who have
/// it.
void fill_gram(const Csr& x, at::Tensor& gram) {
  const Csr users = transpose(x);
  gram.zero_();
  auto* values = gram.mutable_data_ptr<float>();
  at::parallel_for(0, x.cols, 64, [&](int64_t begin, int64_t end) {
    for (int64_t item = begin; item < end; ++item) {
      add_rows(x, users.row_columns(item), users.row_values(item), values + item * x.cols);
    }
  });
}

/// Puts B into `weight` [L, L], where P is worked out as well; returns the diagonal of P.
at::Tensor fill_weights(const Csr& x, double ridge, const std::function<void()>& poll,
                        at::Tensor weight) {
  fill_gram(x, weight);
  weight.diagonal().add_(ridge);
  invert_in_place(weight, poll);
  at::Tensor diagonal = weight.diagonal().clone();
  weight.div_(diagonal.neg()).diagonal().zero_();
  return diagonal;
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
    ridge = choose_ridge(input, [&](const Csr& rows, double value) {
      at::Tensor tried = at::empty({rows.cols, rows.cols});
      fill_weights(rows, value, input.poll, tried);
      return tried;
    });
    if (input.settled) input.settled({{"ridge", fmt::format("{:g}", ridge)}});
  }
  const at::Tensor diagonal = fill_weights(x, ridge, input.poll, weight);
  parameters["output.bias"].zero_();
  const double objective = (diagonal.to(at::kDouble).reciprocal() - ridge).sum().item<double>();
  return objective / static_cast<double>(x.rows);
}

double fit_ease_bytes(const FitSize& size) {
  constexpr double kFloat = 4;
  const auto items = static_cast<double>(size.shape.labels);
  const double compared = std::min(items, static_cast<double>(kItemsForRidge));
  return std::max(invert_in_place_bytes(items),
                  kFloat * compared * compared + invert_in_place_bytes(compared));
}

}  // namespace spout
