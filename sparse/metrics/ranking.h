// Metrics of a ranked list of labels per row. Each is sum(numerator) / sum(denominator) over rows,
// so that any of them is one small function here and one line in the table of metric.cpp.
// Conventions of P, nDCG and PSP are those of the napkinXC metrics. Published recommenders differ:
// Recall here is over all true labels (LightGCN and its successors), not over min(k, true labels)
// (Mult-VAE's); MAP is over min(k, true labels) (as in Kaggle's contests). A row without true
// labels counts as 0 in all of them: its denominator stays 1, of PSP and PSnDCG 0.
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
/// 1 where the first k hold a hit
Ratio hit_rate_at(const RankedRow& row, int64_t k);
/// 1 over the place of the first hit in the first k, from 1; 0 without one
Ratio reciprocal_rank_at(const RankedRow& row, int64_t k);
/// sum of the precision at each hit in the first k, over min(k, true labels)
Ratio average_precision_at(const RankedRow& row, int64_t k);
/// hits weighted by inverse propensity, over the best such sum that k labels can reach, after
/// summing both over rows (Jain et al. 2016, equation 7)
Ratio ps_precision_at(const RankedRow& row, int64_t k);
/// the same with discounts
Ratio ps_ndcg_at(const RankedRow& row, int64_t k);

}  // namespace spout
