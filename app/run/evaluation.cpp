#include "spout/app/run/evaluation.h"

#include <algorithm>

#include <fmt/format.h>

#include "spout/app/run/popular_items.h"
#include "spout/models/base/model.h"

namespace spout {

MetricValues evaluate_model(Model& model, const Dataset& data, std::vector<int64_t> rows,
                            const EvaluationOptions& options) {
  MetricEvaluator evaluator(options.metrics, data.y.cols, options.labels);
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
        evaluator.add(best, sets_needed ? model.predict(batch.x, sets, seen).values : Csr{}, truth);
      });
  return evaluator.values();
}

std::string metrics_line(const MetricValues& values) {
  std::string text;
  for (const auto& [name, value] : values) {
    text += fmt::format("{}{} {:.4f}", text.empty() ? "" : "  ", name, value);
  }
  return text;
}

}  // namespace spout
