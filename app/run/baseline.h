// What a model has to beat: the metrics of predicting the same for every row, the commonest labels
// of the training rows, or, for errors of values, each label's mean value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "spout/sparse/batch/dataset.h"
#include "spout/sparse/metrics/metric.h"
#include "spout/sparse/metrics/propensity.h"

namespace spout {

/// Computes the metrics of that prediction. Entries that a row has in data.seen are not predicted.
/// Metrics of sets (F1 and its like), which depend on a threshold, and those of probabilities and
/// the loss, which depend on scores, are left out.
///   train_y  [n, L'] targets of the training rows, L' <= L
///   data     with targets [m, L]       rows  of data
///   metrics  a list as --metrics, in the order of the result
MetricValues baseline_metrics(Csr train_y, const Dataset& data, const std::vector<int64_t>& rows,
                              const std::string& metrics, const PropensityOptions& propensity);

}  // namespace spout
