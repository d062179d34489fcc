#include "spout/models/fitted/ease_ridge.h"

#include <ATen/ops/mm.h>

#include <algorithm>
#include <vector>

#include "spout/sparse/base/random.h"
#include "spout/sparse/decode/decode.h"
#include "spout/sparse/interactions/split.h"
#include "spout/sparse/layout/commonest.h"
#include "spout/sparse/layout/entries.h"
#include "spout/sparse/metrics/metric.h"
#include "spout/sparse/metrics/propensity.h"

namespace spout {
namespace {

constexpr double kUsualRidge = 500.0;
constexpr double kShare = 0.2;  // of a user's items
constexpr int64_t kMostUsers = 2'000;
constexpr int64_t kBlock = 128;  // users that are ranked together

/// Users, what they are known to have, and what is to be found.
struct HeldOut {
  Csr learned;  // [n, L] all users, without what is held out
  Csr known;    // [users, L] the same of the users who have something held out
  Csr target;   // [users, L]
};

HeldOut hold_out(const Csr& x, uint64_t seed) {
  const std::vector<int64_t> users =
      random_subset(rows_with(x, 2), kMostUsers, seed, RandomStream::kSplit, 1);
  const std::vector<bool> held = random_entries(x, kShare, seed, users);
  HeldOut result;
  result.learned = take_entries(x, held, false);
  result.known = gather_rows(result.learned, users);
  result.target = gather_rows(take_entries(x, held, true), users);
  return result;
}

double mean_ndcg(const HeldOut& users, const at::Tensor& weights) {
  MetricEvaluator evaluator(parse_metrics("nDCG@20"), users.known.cols, {});
  DecodeOptions ranking;
  ranking.top_k = 20;
  for (int64_t begin = 0; begin < users.known.rows; begin += kBlock) {
    std::vector<int64_t> rows;
    for (int64_t row = begin; row < std::min(begin + kBlock, users.known.rows); ++row)
      rows.push_back(row);
    const Csr known = gather_rows(users.known, rows);
    const at::Tensor scores = at::mm(to_torch_csr(known), weights);
    evaluator.add(decode(scores, ranking, &known), Csr{}, gather_rows(users.target, rows));
  }
  return evaluator.values().front().second;
}

}  // namespace

double choose_ridge(const FitInput& input, const EaseWeights& weights) {
  const Csr common = commonest_columns(input.x, label_counts(input.x), kItemsForRidge);
  const HeldOut users = hold_out(common, input.seed);
  if (users.known.rows == 0) return kUsualRidge;
  double best = kUsualRidge;
  double best_metric = -1.0;
  const auto attempt = [&](double ridge) {
    if (input.poll) input.poll();
    const double metric = mean_ndcg(users, weights(users.learned, ridge));
    if (metric <= best_metric) return;
    best_metric = metric;
    best = ridge;
  };
  attempt(kUsualRidge);
  attempt(100.0);
  attempt(best == kUsualRidge ? 2000.0 : 25.0);
  return best;
}

}  // namespace spout
