#include "spout/app/run/baseline.h"

#include <algorithm>
#include <span>
#include <utility>

#include "spout/sparse/layout/commonest.h"
#include "spout/sparse/layout/csr_builder.h"

namespace spout {
namespace {

constexpr size_t kBlock = 256;  // rows that are evaluated together

int64_t longest_row(const Csr& matrix) {
  int64_t longest = 0;
  for (int64_t row = 0; row < matrix.rows; ++row)
    longest = std::max(longest, std::ssize(matrix.row_columns(row)));
  return longest;
}

/// The first `k` labels of `order` that are not in `seen`, as a row of scores.
///   seen  ascending
void add_ranking(CsrBuilder& ranked, const std::vector<int64_t>& order, int64_t k,
                 std::span<const int64_t> seen) {
  std::vector<std::pair<int64_t, float>> best;
  for (size_t i = 0; i < order.size() && std::ssize(best) < k; ++i) {
    if (std::binary_search(seen.begin(), seen.end(), order[i])) continue;
    best.emplace_back(order[i], -static_cast<float>(best.size()));
  }
  std::sort(best.begin(), best.end());
  for (const auto& [label, score] : best)
    ranked.add(label, score);
  ranked.end_row();
}

/// The mean value of each label over all rows, as a matrix of one row.
Csr mean_values(const Csr& y) {
  std::vector<double> sums(static_cast<size_t>(y.cols));
  const auto* col = y.col.const_data_ptr<int64_t>();
  const auto* value = y.values.const_data_ptr<float>();
  for (int64_t i = 0; i < y.nnz(); ++i)
    sums[static_cast<size_t>(col[i])] += static_cast<double>(value[i]);
  CsrBuilder row;
  for (int64_t label = 0; label < y.cols; ++label) {
    const double mean = sums[static_cast<size_t>(label)] / static_cast<double>(y.rows);
    if (mean != 0.0) row.add(label, static_cast<float>(mean));
  }
  row.end_row();
  return row.finish(y.cols);
}

}  // namespace

MetricValues baseline_metrics(Csr train_y, const Dataset& data, const std::vector<int64_t>& rows,
                              const std::string& metrics, const PropensityOptions& propensity) {
  std::vector<MetricSpec> specs = parse_metrics(metrics);
  std::erase_if(specs, [](const MetricSpec& spec) {
    return spec.info->of_sets != nullptr || spec.info->of_best != nullptr || spec.info->is_loss;
  });
  if (specs.empty()) return {};
  train_y.cols = data.y.cols;  // with labels that training has not seen
  const int64_t k = deepest_rank(specs);
  const std::vector<int64_t> counts = label_counts(train_y);
  const std::vector<int64_t> order = places_of_largest(counts, k + longest_row(data.seen));
  const bool needs_values = need_sets(specs);
  const Csr means = needs_values ? mean_values(train_y) : empty_csr(1, data.y.cols);
  MetricEvaluator evaluator(specs, data.y.cols, label_statistics(specs, train_y, propensity));
  for (size_t begin = 0; begin < rows.size(); begin += kBlock) {
    const std::span<const int64_t> block =
        std::span(rows).subspan(begin, std::min(kBlock, rows.size() - begin));
    CsrBuilder ranked;
    CsrBuilder values;
    for (const int64_t row : block) {
      add_ranking(ranked, order, k,
                  data.seen.rows > 0 ? data.seen.row_columns(row) : std::span<const int64_t>{});
      values.add(means.row_columns(0), means.row_values(0));
      values.end_row();
    }
    evaluator.add(ranked.finish(data.y.cols), values.finish(data.y.cols),
                  gather_rows(data.y, block));
  }
  return evaluator.values();
}

}  // namespace spout
