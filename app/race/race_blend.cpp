#include "spout/app/race/race_blend.h"

#include <algorithm>
#include <string_view>

#include "spout/app/training/blend_parts.h"
#include "spout/app/training/blend_weight.h"
#include "spout/app/training/training_steps.h"
#include "spout/app/training/validation.h"
#include "spout/models/base/model.h"
#include "spout/sparse/metrics/propensity.h"

namespace spout {

const ModelInfo* blend_in(const std::vector<Entrant>& field, const std::string& model) {
  const auto has = [&](std::string_view part) {
    return std::any_of(field.begin(), field.end(),
                       [&](const Entrant& entrant) { return entrant.options.model == part; });
  };
  for (const ModelInfo& info : model_table()) {
    const bool is_open = model == "auto" || model == info.name;
    if (is_open && info.is_blend() && has(info.parts.fitted) && has(info.parts.network)) {
      return &info;
    }
  }
  return nullptr;
}

Entrant blend_of(const ModelInfo& blend, const Entrant& fitted, const Entrant& network) {
  Entrant result{"blend of " + fitted.name + " and " + network.name, network.options};
  result.options.model = blend.name;
  result.options.data.normalize = fitted.options.data.normalize;
  ModelOptions& options = result.options.model_options;
  options.svm = fitted.options.model_options.svm;
  options.item_knn = fitted.options.model_options.item_knn;
  return result;
}

MetricValues measure_blend(const TrainOptions& options, const RaceSample& sample,
                           const FoldFolders& fitted, const FoldFolders& network,
                           c10::Device device) {
  BlendWeightTrials trials;
  for (size_t i = 0; i < sample.folds.size(); ++i) {
    const Fold& fold = sample.folds[i];
    const std::shared_ptr<Model> blend = blend_of_network(options, network(i).model_path());
    take_fitted(*blend, fitted(i).model_path());
    const Csr targets = targets_of(sample.data, fold.rows);
    blend->output().set_prior(label_popularity(targets) * options.popularity);
    blend->to(device);
    const EvaluationOptions evaluation =
        validation_options(options, [&] { return Csr(targets); }, sample.measured().y.cols, device);
    trials.measure(*blend, sample.measured(), fold.held_out, evaluation);
  }
  return trials.metrics(trials.chosen(options.metrics));
}

}  // namespace spout
