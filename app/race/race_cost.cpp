#include "spout/app/race/race_cost.h"

#include <algorithm>
#include <cmath>

#include "spout/app/run/model_choice.h"
#include "spout/models/fitted/ease_ridge.h"
#include "spout/models/model_table.h"

namespace spout {

double seconds_of(const Entrant& entrant, const WorkSize& data, bool has_rival) {
  constexpr double kFlops = 1.2e11;
  constexpr double kEntries = 4e6;  // pairs of a feature and a label of the same row, a second
  constexpr double kWeights = 3e8;  // weights that an optimizer moves, a second
  constexpr double kStep = 1e-3;    // seconds of a step, whatever its size
  constexpr double kEpochs = 25.0;
  constexpr double kSteps = 300.0;
  if (entrant.options.model == "ease") {
    constexpr double kRidges = 3.0;
    const double compared = std::min(data.labels, static_cast<double>(kItemsForRidge));
    return (std::pow(data.labels, 3) + kRidges * std::pow(compared, 3)) / kFlops;
  }
  if (find_model(entrant.options.model).fit != nullptr) {
    return data.rows * data.features_per_row * data.labels_per_row / kEntries * data.folds;
  }
  const auto width = static_cast<double>(entrant.options.model_options.hidden.front());
  const auto batch = static_cast<double>(entrant.options.batch_size);
  const double steps = std::max(kEpochs * data.rows / batch, kSteps) * (has_rival ? 1.0 : 3.0);
  const double products =
      6.0 * std::min(batch, data.rows) * width * (data.features_per_row + data.labels) / kFlops;
  const double moves = width * (data.features + data.labels) / kWeights;
  return steps * (products + moves + kStep) * data.folds;
}

double seconds_of(const std::vector<Entrant>& field, const WorkSize& size) {
  bool has_rival = false;
  double seconds = 0.0;
  for (const Entrant& entrant : field) {
    seconds += seconds_of(entrant, size, has_rival);
    has_rival |= find_model(entrant.options.model).fit != nullptr;
  }
  return seconds;
}

WorkSize size_of(const Dataset& data, double rows, double folds) {
  return {rows,
          static_cast<double>(data.x.cols()),
          features_per_row(data),
          static_cast<double>(data.y.cols),
          labels_per_row(data),
          folds};
}

WorkSize size_of(const RaceSample& sample) {
  return size_of(sample.data, static_cast<double>(sample.data.rows()),
                 static_cast<double>(sample.folds.size()));
}

}  // namespace spout
