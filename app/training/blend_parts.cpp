#include "spout/app/training/blend_parts.h"

#include <ATen/ops/zeros.h>

#include <array>

#include "spout/app/run/run_folder.h"
#include "spout/app/training/metric_choice.h"
#include "spout/models/base/model.h"
#include "spout/models/fitted/blend.h"
#include "spout/models/model_table.h"

namespace spout {
namespace {

constexpr std::array kWeights{0.0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2};
constexpr double kUsual = 0.2;

void take(Model& part, const std::string& file) {
  load_tensors(part, TorchTensors(file));
  part.output().set_prior(at::zeros({part.output().labels().size()}));
}

}  // namespace

std::shared_ptr<Model> blend_of_network(const TrainOptions& options, const std::string& file) {
  ModelOptions model_options = model_options_of(options);
  model_options.initialize = false;
  std::shared_ptr<Model> blend =
      find_model(options.model)
          .make(read_shape(file).of_model(), model_options, static_cast<uint64_t>(options.seed));
  take(network_of_blend(*blend), file);
  return blend;
}

void take_fitted(Model& blend, const std::string& file) {
  take(fitted_of_blend(blend), file);
}

std::span<const double> blend_weights() {
  return kWeights;
}

double usual_blend_weight() {
  return kUsual;
}

std::vector<MetricValues> measure_blend_weights(Model& blend, const Dataset& data,
                                                const std::vector<int64_t>& rows,
                                                const EvaluationOptions& evaluation) {
  std::vector<MetricValues> metrics;
  for (const double weight : kWeights) {
    set_blend_weight(blend, weight);
    metrics.push_back(evaluate_model(blend, data, rows, evaluation));
  }
  return metrics;
}

size_t best_blend_weight(const std::vector<MetricValues>& measured, const std::string& metrics) {
  const bool is_error = choosing_metric(metrics).info->is_error;
  size_t best = 0;
  for (size_t i = 1; i < measured.size(); ++i) {
    if (is_better(choosing_value(measured[i], metrics), choosing_value(measured[best], metrics),
                  is_error))
      best = i;
  }
  return best;
}

}  // namespace spout
