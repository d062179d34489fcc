#include "spout/models/fitted/item_knn.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/max.h>
#include <ATen/ops/min.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "spout/models/base/model.h"
#include "spout/models/encoders/linear.h"
#include "spout/models/outputs/csr_output.h"
#include "spout/sparse/layout/csr_builder.h"
#include "spout/sparse/layout/row_sum.h"
#include "spout/sparse/metrics/propensity.h"

namespace spout {
namespace {

constexpr double kSaturation = 1.2;  // BM25's k
constexpr double kLength = 0.75;     // BM25's b

/// The number of rows that name each column.
std::vector<double> users_of_items(const Csr& rows) {
  const std::vector<int64_t> counts = label_counts(rows);
  return {counts.begin(), counts.end()};
}

/// Calls change(row, item, value) for every entry of users' rows; returns them with the values that
/// it returns.
template <class Change>
Csr with_changed_values(const Csr& rows, const Change& change) {
  Csr result = rows;
  result.values = rows.values.clone();
  auto* values = result.values.mutable_data_ptr<float>();
  for (int64_t row = 0; row < rows.rows; ++row) {
    for (const int64_t item : rows.row_columns(row)) {
      *values = static_cast<float>(change(row, static_cast<size_t>(item), double{*values}));
      ++values;
    }
  }
  return result;
}

double length_of(const Csr& rows, int64_t row) {
  return static_cast<double>(rows.row_columns(row).size());
}

/// One of the two factors of a walk's weight, which belongs to one of its two items: that of its
/// user, (1/u)^(alpha/2), times (1/users of the item)^item_power, alpha for the first item and beta
/// for the last. Counts are divided by their means, which changes no ranking.
Csr half_walk(const Csr& rows, double alpha, double item_power) {
  const std::vector<double> users = users_of_items(rows);
  const auto entries = static_cast<double>(rows.nnz());
  const double mean_items = entries / std::max(static_cast<double>(rows.rows), 1.0);
  const double mean_users = entries / std::max(static_cast<double>(rows.cols), 1.0);
  return with_changed_values(rows, [&](int64_t row, size_t item, double value) {
    constexpr double kHalf = 0.5;
    return value * std::pow(length_of(rows, row) / mean_items, -kHalf * alpha) *
           std::pow(users[item] / mean_users, -item_power);
  });
}

/// Weights the entries of users' rows of items, and scales each item's column to length 1, except
/// for BM25, whose weights of an item that would cancel.
Csr weighted(const Csr& rows, ItemWeights weights) {
  const std::vector<double> users = users_of_items(rows);
  const auto items = static_cast<double>(rows.cols);
  const double mean = static_cast<double>(rows.nnz()) / std::max(items, 1.0);
  std::vector<double> squares(users.size());
  Csr entries = with_changed_values(rows, [&](int64_t row, size_t item, double value) {
    if (weights != ItemWeights::kCosine) value *= std::log(items / length_of(rows, row));
    if (weights == ItemWeights::kBm25) {
      const double length = 1.0 - kLength + kLength * users[item] / mean;
      value *= (kSaturation + 1.0) / (kSaturation * length + 1.0);
    }
    squares[item] += value * value;
    return value;
  });
  if (weights == ItemWeights::kBm25) return entries;
  return with_changed_values(entries, [&](int64_t /*row*/, size_t item, double value) {
    return squares[item] > 0.0 ? value / std::sqrt(squares[item]) : 0.0;
  });
}

using Neighbours = std::vector<std::pair<int64_t, float>>;

/// The `most` largest similarities of one item, in order of the items.
///   sums  [L] its similarities to all items      item  its own place among them; -1: none
///   all   memory that the caller keeps from item to item
Neighbours best_of(const std::vector<float>& sums, int64_t item, size_t most, Neighbours& all) {
  all.clear();
  for (size_t other = 0; other < sums.size(); ++other) {
    if (sums[other] > 0.0F && static_cast<int64_t>(other) != item)
      all.emplace_back(static_cast<int64_t>(other), sums[other]);
  }
  if (all.size() > most) {
    const auto end = all.begin() + static_cast<std::ptrdiff_t>(most);
    std::nth_element(all.begin(), end, all.end(), [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    all.resize(most);
    std::sort(all.begin(), all.end());
  }
  return {all.begin(), all.end()};
}

}  // namespace

Csr item_neighbours(const Csr& x, const Csr& y, const ItemKnnOptions& options,
                    const std::function<void()>& poll) {
  const bool walks = options.weights == ItemWeights::kWalk;
  const Csr users = transpose(walks ? half_walk(x, options.walk_alpha, options.walk_alpha)
                                    : weighted(x, options.weights));
  const Csr items =
      walks ? half_walk(y, options.walk_alpha, options.walk_beta) : weighted(y, options.weights);
  std::vector<Neighbours> rows(static_cast<size_t>(x.cols));
  constexpr int64_t kGrain = 64;
  at::parallel_for(0, x.cols, kGrain, [&](int64_t begin, int64_t end) {
    std::vector<float> sums;
    Neighbours all;
    for (int64_t item = begin; item < end; ++item) {
      if (poll) poll();
      sums.assign(static_cast<size_t>(y.cols), 0.0F);
      add_rows(items, users.row_columns(item), users.row_values(item), sums.data());
      rows[static_cast<size_t>(item)] =
          best_of(sums, x.cols == y.cols ? item : -1, static_cast<size_t>(options.neighbours), all);
    }
  });
  CsrBuilder result;
  for (const Neighbours& row : rows) {
    for (const auto& [other, similarity] : row)
      result.add(other, similarity);
    result.end_row();
  }
  return result.finish(y.cols);
}

std::shared_ptr<Model> make_item_knn(const ModelShape& shape, const ModelOptions& /*options*/,
                                     uint64_t /*seed*/) {
  return std::make_shared<Model>(make_feature_encoder(shape.features, /*dropout=*/0.0),
                                 make_csr_output(shape.features, shape.labels));
}

double fit_item_knn(Model& model, const FitInput& input, const ModelOptions& options) {
  const Csr similar = item_neighbours(input.x, input.y, options.item_knn, input.poll);
  // Far below any similarity, the number of users orders what no neighbour names.
  constexpr double kShare = 1e-6;
  const double least = similar.nnz() == 0 ? 1.0 : similar.values.min().item<double>();
  const at::Tensor users = at::tensor(label_counts(input.y), at::kDouble);
  const double most = std::max(users.max().item<double>(), 1.0);
  set_csr_output(model.output(), similar, (users * (kShare * least / most)).to(at::kFloat));
  return std::nan("");
}

double item_knn_num_weights(const ModelShape& /*shape*/, const ModelOptions& /*options*/) {
  return 0.0;
}

double fit_item_knn_bytes(const FitSize& size) {
  constexpr double kEntry = 48.0;       // bytes of an entry of the data, weighted and transposed
  constexpr double kSimilarity = 36.0;  // as a pair, in the matrix, and in the model
  const auto items = static_cast<double>(size.shape.labels);
  const double kept = std::min(items, static_cast<double>(size.neighbours));
  return kEntry * static_cast<double>(size.rows) * size.features_per_row +
         kSimilarity * items * kept;
}

}  // namespace spout
