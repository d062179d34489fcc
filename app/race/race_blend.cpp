#include "spout/app/race/race_blend.h"

#include <algorithm>

#include "spout/app/training/blend_parts.h"
#include "spout/app/training/metric_choice.h"
#include "spout/app/training/training_steps.h"
#include "spout/app/training/validation.h"
#include "spout/models/base/model.h"
#include "spout/models/fitted/blend.h"
#include "spout/sparse/metrics/propensity.h"

namespace spout {

bool blends(const TrainOptions& asked) {
  return asked.model == "auto" || asked.model == "blend";
}

bool has_parts_of_blend(const std::vector<Entrant>& field) {
  const auto has = [&](const char* model) {
    return std::any_of(field.begin(), field.end(),
                       [&](const Entrant& entrant) { return entrant.options.model == model; });
  };
  return has("svm") && has(kBlendNetwork);
}

Entrant blend_of(const Entrant& network) {
  Entrant blend{"blend of svm and " + network.name, network.options};
  blend.options.model = "blend";
  return blend;
}

MetricValues measure_blend(const TrainOptions& options, const RaceSample& sample,
                           const FoldFolders& svm, const FoldFolders& network, c10::Device device) {
  std::vector<MetricMeans> means(blend_weights().size());
  for (size_t i = 0; i < sample.folds.size(); ++i) {
    const Fold& fold = sample.folds[i];
    const std::shared_ptr<Model> blend = blend_of_network(options, network(i).model_path());
    take_svm(*blend, svm(i).model_path());
    const Csr targets = targets_of(sample.data, fold.rows);
    blend->output().set_prior(label_popularity(targets) * options.popularity);
    blend->to(device);
    const EvaluationOptions evaluation =
        validation_options(options, [&] { return Csr(targets); }, sample.measured().y.cols, device);
    const std::vector<MetricValues> measured =
        measure_blend_weights(*blend, sample.measured(), fold.held_out, evaluation);
    for (size_t weight = 0; weight < measured.size(); ++weight)
      means[weight].add(measured[weight]);
  }
  std::vector<MetricValues> of_weights;
  of_weights.reserve(means.size());
  for (const MetricMeans& of_weight : means)
    of_weights.push_back(of_weight.values());
  return of_weights[best_blend_weight(of_weights, options.metrics)];
}

}  // namespace spout
