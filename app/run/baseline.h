// What a model has to beat: the metrics of predicting the same for every row, the commonest labels
// of the training rows, or, for errors of values, each label's mean value.
#pragma once

#include <vector>

#include "spout/sparse/batch/dataset.h"
#include "spout/sparse/metrics/metric.h"

namespace spout {

/// Computes the metrics of that prediction. Entries that a row has in data.seen are not predicted.
/// Metrics of sets (F1 and its like) are left out: they depend on a threshold.
///   train_y  [n, L'] targets of the training rows, L' <= L
///   data     with targets [m, L]       rows  of data
///   metrics  in the order of the result
///   labels   what the metrics need to know of the labels
MetricValues baseline_metrics(const Csr& train_y, const Dataset& data,
                              const std::vector<int64_t>& rows,
                              const std::vector<MetricSpec>& metrics,
                              const LabelStatistics& labels);

}  // namespace spout
