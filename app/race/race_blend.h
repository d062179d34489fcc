// The candidate that a race makes of two others: a blend of the best svm and the best network.
#pragma once

#include <functional>
#include <vector>

#include "spout/app/race/candidates.h"
#include "spout/app/race/race_sample.h"
#include "spout/app/run/run_folder.h"
#include "spout/sparse/metrics/metric.h"

namespace spout {

/// The folder in which a candidate has left its model of a fold.
using FoldFolders = std::function<RunFolder(size_t fold)>;

/// Whether a blend is open to what was asked for.
bool blends(const TrainOptions& asked);

/// The blend of svm with a network.
Entrant blend_of(const Entrant& network);

/// Whether some candidates can be the parts of a blend.
bool has_parts_of_blend(const std::vector<Entrant>& field);

/// The metrics of the blend with the weight that suits it best, the means over the folds.
///   svm, network  the models of its parts
MetricValues measure_blend(const TrainOptions& options, const RaceSample& sample,
                           const FoldFolders& svm, const FoldFolders& network, c10::Device device);

}  // namespace spout
