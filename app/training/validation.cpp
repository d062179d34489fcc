#include "spout/app/training/validation.h"

#include "spout/sparse/metrics/propensity.h"

namespace spout {

EvaluationOptions validation_options(const TrainOptions& options,
                                     const std::function<Csr()>& targets, int64_t labels,
                                     c10::Device device) {
  EvaluationOptions evaluation;
  evaluation.metrics = parse_metrics(options.metrics);
  if (need_propensities(evaluation.metrics) || need_training_rows(evaluation.metrics)) {
    Csr y = targets();
    y.cols = labels;  // with labels that training has not seen
    evaluation.labels = label_statistics(evaluation.metrics, y, options.labels.propensity);
  }
  evaluation.sets.threshold = loss_of(options).threshold;
  evaluation.setting = {options.batch_size, device, options.device.precision};
  return evaluation;
}

}  // namespace spout
