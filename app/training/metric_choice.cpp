#include "spout/app/training/metric_choice.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "spout/app/run/evaluation.h"

namespace spout {

MetricSpec choosing_metric(const std::string& metrics) {
  return parse_metrics(metrics).front();
}

bool is_better(double now, double than, bool is_error, double share) {
  if (!std::isfinite(now) || !std::isfinite(than)) return std::isfinite(now);
  return (is_error ? than - now : now - than) > share * std::abs(than);
}

double value_of(const MetricSpec& metric, const MetricValues& values) {
  for (const auto& [name, value] : values) {
    if (name == metric.name()) return value;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

namespace {

bool are_usual(const std::string& metrics) {
  return metrics == kUsualMetrics || metrics == kUsualItemMetrics;
}

/// A warning that a value is no better than that of the baseline.
std::string warning_of(const std::string& name, double now, double than, bool is_error) {
  if (!std::isfinite(now) || !std::isfinite(than) || is_better(now, than, is_error)) return "";
  return fmt::format(
      "warning: {} {:.4f} is no better than naming the commonest labels for every row ({:.4f})",
      name, now, than);
}

}  // namespace

double choosing_value(const MetricValues& values, const std::string& metrics) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  if (!are_usual(metrics)) return value_of(choosing_metric(metrics), values);
  double sum = 0.0;
  for (const auto& [name, value] : values)
    sum += value;
  return sum / static_cast<double>(values.size());
}

std::string choosing_name(const std::string& metrics) {
  return are_usual(metrics) ? "mean of " + metrics : choosing_metric(metrics).name();
}

void MetricMeans::add(const MetricValues& values) {
  if (folds_ == 0) {
    sums_ = values;
  } else {
    for (size_t i = 0; i < sums_.size(); ++i)
      sums_[i].second += values[i].second;
  }
  ++folds_;
}

MetricValues MetricMeans::values() const {
  MetricValues means = sums_;
  for (auto& [name, value] : means)
    value /= static_cast<double>(folds_);
  return means;
}

std::string baseline_line(const MetricValues& values) {
  if (values.empty()) return "";
  return fmt::format("baseline: the same for every row, the commonest labels: {}",
                     metrics_line(values));
}

std::string baseline_warning(const std::string& metrics, const MetricValues& model,
                             const MetricValues& baseline) {
  const MetricSpec metric = choosing_metric(metrics);
  return warning_of(metric.name(), value_of(metric, model), value_of(metric, baseline),
                    metric.info->is_error);
}

std::string baseline_warning(const std::string& metrics, double model, double baseline) {
  return warning_of(choosing_name(metrics), model, baseline,
                    choosing_metric(metrics).info->is_error);
}

}  // namespace spout
