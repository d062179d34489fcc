// Metrics of a model on rows of a data set, batch by batch: no [rows, L] is ever kept.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "app/device.h"
#include "sparse/batch/dataset.h"
#include "sparse/decode/decode.h"
#include "sparse/metrics/metric.h"

namespace spout {

class Model;

struct EvaluationOptions {
  std::vector<MetricSpec> metrics;
  std::vector<double> inverse_propensity;  // [L] where a metric needs it
  DecodeOptions sets{0, 0.0F};             // which entries are predicted as not zero
  int64_t batch_size = 256;
  c10::Device device = at::kCPU;
  std::string precision = "fp32";
};

/// Metrics of the model's predictions for those rows, in the order of options.metrics. What a row
/// has in data.seen is not predicted.
MetricValues evaluate_model(Model& model, const Dataset& data, std::vector<int64_t> rows,
                            const EvaluationOptions& options);

/// "P@1 0.6338  P@3 0.3915": for progress lines.
std::string metrics_line(const MetricValues& values);

}  // namespace spout
