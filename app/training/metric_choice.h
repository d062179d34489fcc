// The metric that chooses a model: the first of --metrics, or the mean of the usual ones.
#pragma once

#include <cstdint>
#include <string>

#include "spout/sparse/metrics/metric.h"

namespace spout {

/// The first metric of a list.
MetricSpec choosing_metric(const std::string& metrics);

/// Whether a value of a metric is better than another by more than a share of it; any finite value
/// is better than none.
///   is_error  whether less is better
bool is_better(double now, double than, bool is_error, double share = 0.0);

/// The value of a metric, or NaN if it is not among these.
double value_of(const MetricSpec& metric, const MetricValues& values);

/// The metrics that --metrics auto stands for, of labels and of items.
inline constexpr const char* kUsualMetrics = "P@1,P@3,P@5,nDCG@5";
inline constexpr const char* kUsualItemMetrics = "nDCG@20,Recall@20";

/// What candidates of a race, lengths of a training and weights of a blend are compared by: the
/// mean of the usual metrics, which depends less on chance than one of them, or the first of
/// another list. NaN without any.
double choosing_value(const MetricValues& values, const std::string& metrics);

/// The name of that value: "P@1", "mean of nDCG@20,Recall@20".
std::string choosing_name(const std::string& metrics);

/// The means of metrics over folds.
class MetricMeans {
 public:
  /// Adds a fold's. All have the same names.
  void add(const MetricValues& values);
  MetricValues values() const;

 private:
  MetricValues sums_;
  int64_t folds_ = 0;
};

/// Reports what naming the commonest labels scores.
///   values  may be empty: then nothing is said
std::string baseline_line(const MetricValues& values);

/// A warning that a model is no better than that; empty if it is, or if one of both is unknown.
std::string baseline_warning(const std::string& metrics, const MetricValues& model,
                             const MetricValues& baseline);
/// The same warning, worked out from choosing_value() of the model and of the baseline.
std::string baseline_warning(const std::string& metrics, double model, double baseline);

}  // namespace spout
