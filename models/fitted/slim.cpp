#include "spout/models/fitted/slim.h"

#include <ATen/Parallel.h>
#include <ATen/ops/cholesky_solve.h>
#include <ATen/ops/linalg_cholesky_ex.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <span>
#include <vector>

#include "spout/models/base/model.h"
#include "spout/models/encoders/linear.h"
#include "spout/models/fitted/ease_ridge.h"
#include "spout/models/fitted/item_knn.h"
#include "spout/models/outputs/csr_output.h"
#include "spout/sparse/layout/csr_builder.h"

namespace spout {
namespace {

/// Users and their items: the D that are learned from, by user and by item, and the L that are
/// learned, which may be others.
struct Users {
  Users(const Csr& x, const Csr& y) : items(x), of_items(transpose(x)), of_learned(transpose(y)) {}

  const Csr& items;  // [n, D]
  Csr of_items;      // [D, n]
  Csr of_learned;    // [L, n]
};

/// Learns one item after another. Between two of them all places are -1.
class ItemSolver {
 public:
  explicit ItemSolver(const Users& users)
      : users_(users), place_(static_cast<size_t>(users.items.cols), -1) {}

  /// The weights of the items that one item is learned from.
  ///   from  these items, ascending, without the item
  ///   part  receives what the item adds to the objective
  std::vector<float> solve(int64_t item, std::span<const int64_t> from, double ridge,
                           double& part) {
    const auto count = std::ssize(from);
    part = 0.0;
    for (const float value : users_.of_learned.row_values(item))
      part += static_cast<double>(value) * static_cast<double>(value);
    if (count == 0) return {};
    for (int64_t i = 0; i < count; ++i)
      place_[static_cast<size_t>(from[static_cast<size_t>(i)])] = static_cast<int32_t>(i);
    at::Tensor gram = at::zeros({count, count}, at::kDouble);
    for (int64_t i = 0; i < count; ++i)
      add_products(users_.of_items, from[static_cast<size_t>(i)],
                   gram.mutable_data_ptr<double>() + i * count);
    gram.diagonal().add_(ridge);
    at::Tensor target = at::zeros({count, 1}, at::kDouble);
    add_products(users_.of_learned, item, target.mutable_data_ptr<double>());
    const auto [factor, info] = at::linalg_cholesky_ex(gram);
    TORCH_CHECK_VALUE(info.item<int64_t>() == 0, "slim: --ridge ", ridge, " is too small");
    const at::Tensor weights = at::cholesky_solve(target, factor);
    part -= weights.mul(target).sum().item<double>();
    for (const int64_t other : from)
      place_[static_cast<size_t>(other)] = -1;
    const auto* begin = weights.const_data_ptr<double>();
    return {begin, begin + count};
  }

 private:
  /// Adds the products of an item's column of users with those of the items that have a place.
  void add_products(const Csr& of_items, int64_t item, double* sums) const {
    const auto rows = of_items.row_columns(item);
    const auto values = of_items.row_values(item);
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto others = users_.items.row_columns(rows[i]);
      const auto of_others = users_.items.row_values(rows[i]);
      for (size_t j = 0; j < others.size(); ++j) {
        const int32_t place = place_[static_cast<size_t>(others[j])];
        if (place >= 0) {
          sums[place] += static_cast<double>(values[i]) * static_cast<double>(of_others[j]);
        }
      }
    }
  }

  const Users& users_;
  std::vector<int32_t> place_;  // [D] of an item among those learned from; -1: it has none
};

/// The weights W [D, L], and the objective they reach.
struct SlimWeights {
  Csr weight;
  double objective = 0.0;
};

SlimWeights solve(const Csr& x, const Csr& y, int64_t neighbours, double ridge,
                  const std::function<void()>& poll) {
  ItemKnnOptions similar;
  similar.neighbours = neighbours;
  similar.weights = ItemWeights::kCosine;
  const Csr from = item_neighbours(y, x, similar, poll);
  const Users users(x, y);
  std::vector<std::vector<float>> weights(static_cast<size_t>(y.cols));
  std::vector<double> parts(weights.size());
  constexpr int64_t kGrain = 16;
  at::parallel_for(0, y.cols, kGrain, [&](int64_t begin, int64_t end) {
    ItemSolver solver(users);
    for (int64_t item = begin; item < end; ++item) {
      if (poll) poll();
      const auto place = static_cast<size_t>(item);
      weights[place] = solver.solve(item, from.row_columns(item), ridge, parts[place]);
    }
  });
  CsrBuilder by_item;  // [L, D] a row for each item that is learned
  by_item.reserve(weights.size(), static_cast<size_t>(from.nnz()));
  SlimWeights result;
  for (size_t item = 0; item < weights.size(); ++item) {
    by_item.add(from.row_columns(static_cast<int64_t>(item)), weights[item]);
    by_item.end_row();
    weights[item] = {};
    result.objective += parts[item];
  }
  result.weight = transpose(by_item.finish(x.cols));
  return result;
}

}  // namespace

std::shared_ptr<Model> make_slim(const ModelShape& shape, const ModelOptions& /*options*/,
                                 uint64_t /*seed*/) {
  return std::make_shared<Model>(make_feature_encoder(shape.features, /*dropout=*/0.0),
                                 make_csr_output(shape.features, shape.labels));
}

double fit_slim(Model& model, const FitInput& input, const ModelOptions& options) {
  const Csr& x = input.x;
  const int64_t neighbours = options.item_knn.neighbours;
  double ridge = options.ease.ridge;
  if (ridge == 0.0) {
    ridge = choose_ridge(input, [&](const Csr& rows, double value) {
      return to_torch_csr(solve(rows, rows, neighbours, value, input.poll).weight).to_dense();
    });
    if (input.settled) input.settled({{"ridge", fmt::format("{:g}", ridge)}});
  }
  const SlimWeights found = solve(x, input.y, neighbours, ridge, input.poll);
  set_csr_output(model.output(), found.weight, at::zeros({input.y.cols}));
  return found.objective / static_cast<double>(x.rows);
}

double slim_num_weights(const ModelShape& /*shape*/, const ModelOptions& /*options*/) {
  return 0.0;
}

double fit_slim_bytes(const FitSize& size) {
  constexpr double kFloat = 4;
  constexpr double kSolved = 40;  // of a weight: as a neighbour, solved, transposed, in the model
  const auto items = static_cast<double>(size.shape.labels);
  const double compared = std::min(items, static_cast<double>(kItemsForRidge));
  return fit_item_knn_bytes(size) +
         kSolved * items * std::min(items, static_cast<double>(size.neighbours)) +
         kFloat * compared * compared;
}

}  // namespace spout
