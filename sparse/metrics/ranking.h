// Metrics of a ranked list of labels per row. Each is sum(numerator) / sum(denominator) over rows,
// so that it is one small function here and one line in the table of metric.cpp.
// P, nDCG and PSP follow the conventions of napkinXC. Published recommenders differ: Recall here
// divides by all true labels (LightGCN and its successors), not by min(k, true labels) (Mult-VAE);
// MAP divides by min(k, true labels) (Kaggle's contests). A row without true labels adds 0 to every
// numerator; it adds 1 to the denominator, but 0 to that of PSP, PSnDCG and recall by frequency.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace spout {

/// What metrics know of the labels from training.
struct LabelStatistics {
  std::vector<double> inverse_propensity{};  // [L]; empty unless a metric needs it
  std::vector<int64_t> training_rows{};      // [L] rows that hold the label; empty likewise
};

/// One row's prediction against its truth.
struct RankedRow {
  std::span<const int64_t> ranked;  // predicted labels, best first
  std::span<const int64_t> truth;   // true labels, ascending
  const LabelStatistics& labels;

  /// Whether the label at this position of `ranked`, from 0, is true.
  bool hit(size_t rank) const;
};

struct Ratio {
  double numerator = 0.0;
  double denominator = 0.0;
};

/// Precision: hits in the first k, over k.
Ratio precision_at(const RankedRow& row, int64_t k);
/// Recall: hits in the first k, over the number of true labels.
Ratio recall_at(const RankedRow& row, int64_t k);
/// The sums of recall_of_frequency_at<First, Last>().
Ratio recall_of_frequency_at(const RankedRow& row, int64_t k, int64_t first, int64_t last);
/// Recall among the true labels that `First` to `Last` training rows hold, of all rows together:
/// the share of such entries that are hits in the first k.
template <int64_t First, int64_t Last>
Ratio recall_of_frequency_at(const RankedRow& row, int64_t k) {
  return recall_of_frequency_at(row, k, First, Last);
}
/// nDCG: DCG, the sum of 1 / log2(rank + 1) over hits in the first k (ranks count from 1), over the
/// DCG of min(k, true labels) hits in the first ranks.
Ratio ndcg_at(const RankedRow& row, int64_t k);
/// Hit rate: 1 if there is a hit in the first k, else 0.
Ratio hit_rate_at(const RankedRow& row, int64_t k);
/// Reciprocal rank: 1 over the rank (from 1) of the first hit in the first k; 0 without one.
Ratio reciprocal_rank_at(const RankedRow& row, int64_t k);
/// Average precision: the sum of P@rank at each hit in the first k, over min(k, true labels).
Ratio average_precision_at(const RankedRow& row, int64_t k);
/// PSP: hits weighted by inverse propensity, over the largest such sum that k labels can reach.
/// Both are summed over rows before the division (Jain et al. 2016, equation 7).
Ratio ps_precision_at(const RankedRow& row, int64_t k);
/// PSnDCG: both sums of PSP with the discounts of nDCG, each over the row's ideal DCG.
Ratio ps_ndcg_at(const RankedRow& row, int64_t k);

}  // namespace spout
