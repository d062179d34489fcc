// The candidate that a race makes of two others: a blend of the best model that is fitted in one
// pass, of a kind that blends, and the best network that goes with it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "spout/app/race/candidates.h"
#include "spout/app/race/race_sample.h"
#include "spout/app/run/run_folder.h"
#include "spout/models/model_table.h"
#include "spout/sparse/metrics/metric.h"

namespace spout {

/// The folder in which a candidate has left its model of a fold.
using FoldFolders = std::function<RunFolder(size_t fold)>;

/// The blend whose parts are both among the candidates; null: there is none.
///   model  the one that was asked for, or "auto"
const ModelInfo* blend_in(const std::vector<Entrant>& field, const std::string& model);

/// The blend of two candidates, with the options of both.
Entrant blend_of(const ModelInfo& blend, const Entrant& fitted, const Entrant& network);

/// The metrics of the blend with the weight that is chosen for it, the means over the folds.
///   fitted, network  the models of its parts
MetricValues measure_blend(const TrainOptions& options, const RaceSample& sample,
                           const FoldFolders& fitted, const FoldFolders& network,
                           c10::Device device);

}  // namespace spout
