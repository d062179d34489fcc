#include "spout/app/training/blend_weight.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "spout/app/training/metric_choice.h"
#include "spout/models/fitted/blend.h"

namespace spout {
namespace {

constexpr int64_t kParts = 20;  // of a fold's rows, whose differences tell the standard error
constexpr double kErrors = 0.5;

/// Standard error of the mean of some values; 0 of fewer than two.
double standard_error(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  if (count < 2.0) return 0.0;
  double sum = 0.0;
  double squares = 0.0;
  for (const double value : values) {
    sum += value;
    squares += value * value;
  }
  const double variance = (squares - sum * sum / count) / (count - 1.0);
  return std::sqrt(std::max(variance, 0.0) / count);
}

}  // namespace

void BlendWeightTrials::measure(Model& blend, const Dataset& data, const std::vector<int64_t>& rows,
                                const EvaluationOptions& evaluation) {
  EvaluationOptions in_parts = evaluation;
  const int64_t part = (std::ssize(rows) + kParts - 1) / kParts;
  in_parts.setting.batch_size =
      std::clamp<int64_t>(part, 1, std::max<int64_t>(evaluation.setting.batch_size, 1));
  OfFold fold;
  for (size_t place = 0; place < fold.size(); ++place) {
    set_blend_weight(blend, kBlendWeights.at(place));
    fold.at(place) = evaluate_batches(blend, data, rows, in_parts);
  }
  add(std::move(fold));
}

MetricValues BlendWeightTrials::metrics(size_t place) const {
  MetricMeans means;
  for (const OfFold& fold : folds_)
    means.add(fold.at(place).all);
  return means.values();
}

size_t BlendWeightTrials::chosen(const std::string& metrics) const {
  const bool is_error = choosing_metric(metrics).info->is_error;
  const auto value = [&](size_t place) { return choosing_value(this->metrics(place), metrics); };
  size_t best = kUsualBlendWeight;
  for (size_t place = 0; place < kBlendWeights.size(); ++place) {
    if (is_better(value(place), value(best), is_error)) best = place;
  }
  const auto error = [&](size_t place) {
    std::vector<double> differences;
    for (const OfFold& fold : folds_) {
      const std::vector<MetricValues>& of_best = fold.at(best).of_batches;
      for (size_t i = 0; i < of_best.size(); ++i) {
        const double difference = choosing_value(of_best[i], metrics) -
                                  choosing_value(fold.at(place).of_batches[i], metrics);
        if (std::isfinite(difference)) differences.push_back(difference);
      }
    }
    return standard_error(differences);
  };
  size_t place = kUsualBlendWeight;
  while (place != best && std::abs(value(best) - value(place)) > kErrors * error(place))
    place += place < best ? 1 : -1;
  return place;
}

}  // namespace spout
