#include "app/evaluation.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "models/model.h"
#include "sparse/batch/loader.h"

namespace spout {

MetricValues evaluate_model(Model& model, const Dataset& data, std::vector<int64_t> rows,
                            const EvaluationOptions& options) {
  const at::NoGradGuard no_grad;
  const PrecisionGuard precision(options.precision, options.device);
  MetricEvaluator evaluator(options.metrics, data.y.cols, options.inverse_propensity);
  const bool sets_needed = need_sets(options.metrics);
  DecodeOptions ranking;
  ranking.top_k = deepest_rank(options.metrics);
  DecodeOptions sets = options.sets;
  sets.row_limit = std::max<int64_t>(data.y.cols, 1);

  BatchLoader loader(data, std::move(rows), options.batch_size);
  while (auto loaded = loader.next()) {
    const Csr truth = gather_rows(data.y, loaded->rows);
    std::optional<Csr> seen;
    if (data.seen.rows > 0) seen = gather_rows(data.seen, loaded->rows);
    const Csr* left_out = seen ? &*seen : nullptr;
    const Batch batch = to_device(std::move(*loaded), options.device);
    const bool ranks = ranking.top_k > 0 || !sets_needed;
    evaluator.add(
        ranks ? model.predict_scores(batch.x, ranking, left_out) : empty_csr(truth.rows, 0),
        sets_needed ? model.predict(batch.x, sets, left_out).values : Csr{}, truth);
  }
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
