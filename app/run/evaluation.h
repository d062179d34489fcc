// Computes metrics of a model on rows of a data set, batch by batch. No scores of all rows exist.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "spout/app/run/model_batches.h"
#include "spout/sparse/batch/dataset.h"
#include "spout/sparse/decode/decode.h"
#include "spout/sparse/metrics/metric.h"

namespace spout {

class Model;

struct EvaluationOptions {
  std::vector<MetricSpec> metrics;
  // What the metrics need to know of all labels.
  LabelStatistics labels;
  // Which entries count as predicted to be not zero, for metrics of sets and of values.
  DecodeOptions sets{0, 0.0F};
  ModelSetting setting;
  // [L], the counts of PopularItems; undefined: none.
  at::Tensor item_counts{};
};

/// Computes the metrics of the model's predictions for the given rows, in the order of
/// options.metrics. Entries that a row has in data.seen are not predicted.
MetricValues evaluate_model(Model& model, const Dataset& data, std::vector<int64_t> rows,
                            const EvaluationOptions& options);

/// The metrics of all rows, and of each batch of them by itself.
struct BatchMetrics {
  MetricValues all;
  std::vector<MetricValues> of_batches;
};

/// Computes what evaluate_model() does, and the same of each batch.
BatchMetrics evaluate_batches(Model& model, const Dataset& data, std::vector<int64_t> rows,
                              const EvaluationOptions& options);

/// The values in a line, for progress: "P@1 0.6338  P@3 0.3915".
std::string metrics_line(const MetricValues& values);

}  // namespace spout
