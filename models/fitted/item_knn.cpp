#include "spout/models/fitted/item_knn.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/max.h>
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

/// Weights the entries of users' rows of items, and scales each item's column to length 1, except
/// for BM25, whose weights of an item that would cancel.
Csr weighted(const Csr& rows, ItemWeights weights) {
  Csr x = rows;
  const auto items = static_cast<size_t>(x.cols);
  std::vector<double> users(items);
  const auto* column = x.col.const_data_ptr<int64_t>();
  for (int64_t i = 0; i < x.nnz(); ++i)
    ++users[static_cast<size_t>(column[i])];
  const double mean = static_cast<double>(x.nnz()) / std::max(static_cast<double>(x.cols), 1.0);
  std::vector<double> squares(items);
  std::vector<double> products(static_cast<size_t>(x.nnz()));
  size_t entry = 0;
  for (int64_t row = 0; row < x.rows; ++row) {
    const auto columns = x.row_columns(row);
    const double rarity =
        std::log(static_cast<double>(x.cols) / static_cast<double>(columns.size()));
    for (size_t i = 0; i < columns.size(); ++i, ++entry) {
      const auto item = static_cast<size_t>(columns[i]);
      double value = static_cast<double>(x.row_values(row)[i]);
      if (weights != ItemWeights::kCosine) value *= rarity;
      if (weights == ItemWeights::kBm25) {
        const double length = 1.0 - kLength + kLength * users[item] / mean;
        value *= (kSaturation + 1.0) / (kSaturation * length + 1.0);
      }
      products[entry] = value;
      squares[item] += value * value;
    }
  }
  x.values = x.values.clone();
  auto* values = x.values.mutable_data_ptr<float>();
  for (size_t i = 0; i < products.size(); ++i) {
    const double square = squares[static_cast<size_t>(column[i])];
    const double length = weights == ItemWeights::kBm25 ? 1.0 : std::sqrt(square);
    values[i] = length > 0.0 ? static_cast<float>(products[i] / length) : 0.0F;
  }
  return x;
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
  const Csr users = transpose(weighted(x, options.weights));
  const Csr items = weighted(y, options.weights);
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
  // Far below any similarity that matters, the number of users orders what is left.
  constexpr double kLeast = 1e-6;
  const at::Tensor users = at::tensor(label_counts(input.y), at::kFloat);
  const double most = std::max(users.max().item<double>(), 1.0);
  set_csr_output(model.output(), item_neighbours(input.x, input.y, options.item_knn, input.poll),
                 users * (kLeast / most));
  return 0.0;
}

double item_knn_num_weights(const ModelShape& /*shape*/, const ModelOptions& /*options*/) {
  return 0.0;
}

double fit_item_knn_bytes(const FitSize& size) {
  constexpr double kEntry = 48.0;       // bytes of an entry of the data, weighted and transposed
  constexpr double kSimilarity = 36.0;  // as a pair, in the matrix, and in the model
  const auto items = static_cast<double>(size.shape.labels);
  const double kept = std::min(items, static_cast<double>(ItemKnnOptions().neighbours));
  return kEntry * static_cast<double>(size.rows) * size.features_per_row +
         kSimilarity * items * kept;
}

}  // namespace spout
