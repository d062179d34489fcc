#include "spout/app/run/evaluation.h"

#include <algorithm>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "spout/app/run/popular_items.h"
#include "spout/models/base/model.h"

namespace spout {

namespace {

/// Calls add(best, sets, truth) with each batch's part of what MetricEvaluator::add() takes.
void predict_batches(Model& model, const Dataset& data, std::vector<int64_t> rows,
                     const EvaluationOptions& options,
                     const std::function<void(const Csr&, const Csr&, const Csr&)>& add) {
  const bool sets_needed = need_sets(options.metrics);
  DecodeOptions ranking;
  ranking.top_k = deepest_rank(options.metrics);
  DecodeOptions sets = options.sets;
  sets.row_limit = std::max<int64_t>(data.y.cols, 1);
  const bool ranks = ranking.top_k > 0;
  const PopularItems popular(options.item_counts);
  for_each_batch(
      data, std::move(rows), data.seen, options.setting, [&](const Batch& batch, const Csr* seen) {
        const Csr truth = gather_rows(data.y, batch.rows);
        Csr best = empty_csr(truth.rows, 0);
        if (ranks) {
          best =
              popular.fill_in(model.predict_scores(batch.x, ranking, seen), batch.x, ranking, seen);
        }
        add(best, sets_needed ? model.predict(batch.x, sets, seen).values : Csr{}, truth);
      });
}

MetricEvaluator evaluator_of(const Dataset& data, const EvaluationOptions& options) {
  return {options.metrics, data.y.cols, options.labels};
}

}  // namespace

MetricValues evaluate_model(Model& model, const Dataset& data, std::vector<int64_t> rows,
                            const EvaluationOptions& options) {
  MetricEvaluator evaluator = evaluator_of(data, options);
  predict_batches(model, data, std::move(rows), options,
                  [&](const Csr& best, const Csr& sets, const Csr& truth) {
                    evaluator.add(best, sets, truth);
                  });
  return evaluator.values();
}

BatchMetrics evaluate_batches(Model& model, const Dataset& data, std::vector<int64_t> rows,
                              const EvaluationOptions& options) {
  MetricEvaluator evaluator = evaluator_of(data, options);
  BatchMetrics result;
  predict_batches(model, data, std::move(rows), options,
                  [&](const Csr& best, const Csr& sets, const Csr& truth) {
                    evaluator.add(best, sets, truth);
                    MetricEvaluator of_batch = evaluator_of(data, options);
                    of_batch.add(best, sets, truth);
                    result.of_batches.push_back(of_batch.values());
                  });
  result.all = evaluator.values();
  return result;
}

std::string metrics_line(const MetricValues& values) {
  std::string text;
  for (const auto& [name, value] : values) {
    text += fmt::format("{}{} {:.4f}", text.empty() ? "" : "  ", name, value);
  }
  return text;
}

}  // namespace spout
