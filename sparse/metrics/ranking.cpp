#include "spout/sparse/metrics/ranking.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace spout {
namespace {

size_t depth(size_t available, int64_t k) {
  return std::min(available, static_cast<size_t>(k));
}

/// The discount at a position that counts from 0.
double discount(size_t position) {
  return 1.0 / std::log2(static_cast<double>(position) + 2.0);
}

double hits(const RankedRow& row, int64_t k) {
  double count = 0.0;
  for (size_t i = 0; i < depth(row.ranked.size(), k); ++i)
    count += row.hit(i) ? 1.0 : 0.0;
  return count;
}

/// The DCG of min(k, true labels) hits in the first positions.
double ideal_dcg(const RankedRow& row, int64_t k) {
  double sum = 0.0;
  for (size_t i = 0; i < depth(row.truth.size(), k); ++i)
    sum += discount(i);
  return sum;
}

/// The inverse propensities of the true labels, largest first, at most k of them.
std::vector<double> best_weights(const RankedRow& row, int64_t k) {
  std::vector<double> weights;
  for (const int64_t label : row.truth) {
    weights.push_back(row.labels.inverse_propensity[static_cast<size_t>(label)]);
  }
  std::sort(weights.begin(), weights.end(), std::greater<>());
  weights.resize(depth(weights.size(), k));
  return weights;
}

/// The sum of the hits' inverse propensities, and the largest sum possible. Both are discounted by
/// position.
template <class Discount>
Ratio propensity_scored(const RankedRow& row, int64_t k, const Discount& discount_of) {
  Ratio ratio;
  for (size_t i = 0; i < depth(row.ranked.size(), k); ++i) {
    if (!row.hit(i)) continue;
    ratio.numerator +=
        row.labels.inverse_propensity[static_cast<size_t>(row.ranked[i])] * discount_of(i);
  }
  const std::vector<double> best = best_weights(row, k);
  for (size_t i = 0; i < best.size(); ++i)
    ratio.denominator += best[i] * discount_of(i);
  return ratio;
}

}  // namespace

bool RankedRow::hit(size_t rank) const {
  return std::binary_search(truth.begin(), truth.end(), ranked[rank]);
}

Ratio precision_at(const RankedRow& row, int64_t k) {
  return {hits(row, k) / static_cast<double>(k), 1.0};
}

Ratio recall_at(const RankedRow& row, int64_t k) {
  if (row.truth.empty()) return {0.0, 1.0};
  return {hits(row, k) / static_cast<double>(row.truth.size()), 1.0};
}

Ratio recall_of_frequency_at(const RankedRow& row, int64_t k, int64_t first, int64_t last) {
  const auto is_asked = [&](int64_t label) {
    const int64_t rows = row.labels.training_rows[static_cast<size_t>(label)];
    return first <= rows && rows <= last;
  };
  Ratio ratio;
  for (const int64_t label : row.truth)
    ratio.denominator += is_asked(label) ? 1.0 : 0.0;
  for (size_t i = 0; i < depth(row.ranked.size(), k); ++i)
    ratio.numerator += row.hit(i) && is_asked(row.ranked[i]) ? 1.0 : 0.0;
  return ratio;
}

Ratio ndcg_at(const RankedRow& row, int64_t k) {
  if (row.truth.empty()) return {0.0, 1.0};
  double dcg = 0.0;
  for (size_t i = 0; i < depth(row.ranked.size(), k); ++i)
    dcg += row.hit(i) ? discount(i) : 0.0;
  return {dcg / ideal_dcg(row, k), 1.0};
}

Ratio hit_rate_at(const RankedRow& row, int64_t k) {
  return {hits(row, k) > 0.0 ? 1.0 : 0.0, 1.0};
}

Ratio reciprocal_rank_at(const RankedRow& row, int64_t k) {
  for (size_t i = 0; i < depth(row.ranked.size(), k); ++i) {
    if (row.hit(i)) return {1.0 / static_cast<double>(i + 1), 1.0};
  }
  return {0.0, 1.0};
}

Ratio average_precision_at(const RankedRow& row, int64_t k) {
  if (row.truth.empty()) return {0.0, 1.0};
  double hits = 0.0;
  double sum = 0.0;
  for (size_t i = 0; i < depth(row.ranked.size(), k); ++i) {
    if (!row.hit(i)) continue;
    hits += 1.0;
    sum += hits / static_cast<double>(i + 1);
  }
  return {sum / static_cast<double>(depth(row.truth.size(), k)), 1.0};
}

Ratio ps_precision_at(const RankedRow& row, int64_t k) {
  return propensity_scored(row, k, [](size_t /*position*/) { return 1.0; });
}

Ratio ps_ndcg_at(const RankedRow& row, int64_t k) {
  if (row.truth.empty()) return {};
  Ratio ratio = propensity_scored(row, k, discount);
  const double norm = ideal_dcg(row, k);
  return {ratio.numerator / norm, ratio.denominator / norm};
}

}  // namespace spout
