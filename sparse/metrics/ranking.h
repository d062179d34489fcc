// Metrics of a ranked list of labels per row. Each is sum(numerator) / sum(denominator) over rows,
// so that any of them is one small function here and one line in the table of metric.cpp.
// Conventions are those of the napkinXC metrics; a row without true labels counts as 0 in P, nDCG
// and Recall (its denominator stays 1).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace spout {

/// One row's prediction against its truth.
struct RankedRow {
  std::span<const int64_t> ranked;             // predicted labels, best first
  std::span<const int64_t> truth;              // true labels, ascending
  std::span<const double> inverse_propensity;  // [L], empty unless a PS metric needs it

  bool hit(size_t place) const;
};

struct Ratio {
  double numerator = 0.0;
  double denominator = 0.0;
};

/// hits in the first k, over k
Ratio precision_at(const RankedRow& row, int64_t k);
/// hits in the first k, over the number of true labels
Ratio recall_at(const RankedRow& row, int64_t k);
/// DCG (hits discounted by log2(place + 1)) over the DCG of min(k, true labels) leading hits
Ratio ndcg_at(const RankedRow& row, int64_t k);
/// hits weighted by inverse propensity, over the best such sum that k labels can reach, after
/// summing both over rows (Jain et al. 2016, equation 7)
Ratio ps_precision_at(const RankedRow& row, int64_t k);
/// the same with discounts
Ratio ps_ndcg_at(const RankedRow& row, int64_t k);

}  // namespace spout
