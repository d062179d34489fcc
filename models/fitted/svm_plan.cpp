#include "spout/models/fitted/svm_plan.h"

#include <algorithm>
#include <cmath>

#include "spout/models/fitted/dual_svm.h"
#include "spout/models/fitted/label_clusters.h"
#include "spout/models/fitted/label_tree.h"
#include "spout/sparse/layout/commonest.h"
#include "spout/sparse/metrics/propensity.h"

namespace spout {
namespace {

// Measured on two cores with AVX-512, on sets of 4,000 to 620,000 rows.
constexpr double kSecondsOfSharedRow = 2e-8;  // one that is read for a label; up to twice as much
constexpr double kSecondsOfEntry = 1.2e-8;    // one that the SVMs of a tree read
constexpr double kSecondsOfClusterEntry = 2.6e-9;  // one that a pass of 2-means reads

double mean_per_row(const Csr& matrix) {
  return static_cast<double>(matrix.nnz()) /
         std::max<double>(static_cast<double>(matrix.rows), 1.0);
}

/// Counts the rows that share a feature with the rows of a label, once for each such feature.
class SharedRows {
 public:
  SharedRows(const Csr& x, const Csr& rows_of)
      : x_(x),
        rows_of_(rows_of),
        rows_with_(label_counts(x)),
        last_(static_cast<size_t>(x.cols), -1) {}

  double count(int64_t label) {
    double sum = 0.0;
    for (const int64_t row : rows_of_.row_columns(label)) {
      for (const int64_t feature : x_.row_columns(row)) {
        const auto f = static_cast<size_t>(feature);
        if (last_[f] != label) sum += static_cast<double>(rows_with_[f]);
        last_[f] = label;
      }
    }
    return sum;
  }

 private:
  const Csr& x_;
  const Csr& rows_of_;              // [L, n]
  std::vector<int64_t> rows_with_;  // of each feature
  std::vector<int64_t> last_;       // the label that each feature was counted for last
};

}  // namespace

double one_vs_rest_seconds(const Csr& x, const Csr& y) {
  constexpr int64_t kCommonest = 100;
  constexpr int64_t kOthers = 200;
  const Csr rows_of = transpose(y);
  const std::vector<int64_t> labels = places_of_largest(label_counts(y), y.cols);
  SharedRows shared(x, rows_of);
  const auto commonest = std::min(kCommonest, y.cols);
  double sum = 0.0;
  for (int64_t i = 0; i < commonest; ++i)
    sum += shared.count(labels[static_cast<size_t>(i)]);
  const int64_t others = y.cols - commonest;
  const int64_t drawn = std::min(kOthers, others);
  double of_drawn = 0.0;
  for (int64_t i = 0; i < drawn; ++i)
    of_drawn +=
        shared.count(labels[static_cast<size_t>(commonest + (2 * i + 1) * others / (2 * drawn))]);
  if (drawn > 0) sum += of_drawn * static_cast<double>(others) / static_cast<double>(drawn);
  return kSecondsOfSharedRow * sum;
}

double tree_entries(const Csr& x, const Csr& y, int64_t depth) {
  const double labels_per_row = mean_per_row(y);
  const double all = svm_entries(x);
  const auto labels = static_cast<double>(y.cols);
  double parents = 1.0;
  double entries = 0.0;
  const auto add_level = [&](double nodes) {
    const double parents_per_row = parents == 1.0 ? 1.0 : std::min(labels_per_row, parents);
    entries += all * parents_per_row * nodes / parents;
    parents = nodes;
  };
  for (const int64_t level : cluster_depths(depth)) {
    const double nodes = std::min(std::exp2(static_cast<double>(level)), labels);
    if (nodes > 1.0) add_level(nodes);
  }
  add_level(labels);
  return entries;
}

double tree_seconds(const Csr& x, const Csr& y, int64_t depth) {
  const double described =
      std::min(static_cast<double>(y.cols) * static_cast<double>(ClusterOptions{}.features),
               static_cast<double>(y.nnz()) * mean_per_row(x));
  const auto passes = static_cast<double>(depth * ClusterOptions{}.iterations);
  return kSecondsOfEntry * tree_entries(x, y, depth) + kSecondsOfClusterEntry * passes * described;
}

SvmPlan plan_svm(const Csr& x, const Csr& y, const SvmBudget& budget) {
  const double one_vs_rest = one_vs_rest_seconds(x, y);
  if (one_vs_rest <= budget.one_vs_rest_s) {
    return {{0, kDeepestOfOneLevel}, one_vs_rest + tree_seconds(x, y, kDeepestOfOneLevel)};
  }
  constexpr double kLabelsOfCluster = 48.0;
  const double clusters = static_cast<double>(y.cols) / kLabelsOfCluster;
  const auto depth =
      std::max(kDeepestOfOneLevel + 1, static_cast<int64_t>(std::ceil(std::log2(clusters))));
  const double seconds = tree_seconds(x, y, depth);
  const auto affordable = static_cast<int64_t>(budget.trees_s / seconds);
  const int64_t count = std::clamp<int64_t>(affordable, 1, budget.most_trees);
  return {std::vector<int64_t>(static_cast<size_t>(count), depth),
          seconds * static_cast<double>(count)};
}

}  // namespace spout
