// A blend (models/fitted/blend.h) made of parts that were trained apart, and how much its network
// counts in it: held-out rows choose.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "spout/app/run/evaluation.h"
#include "spout/app/run/train_options.h"

namespace spout {

/// Makes a blend of the network in a file of save_model(); its fitted part has no weights yet. What
/// the file says of --popularity is left out: that is for the blend.
///   options  of a model that blends
///   throws   FileError
std::shared_ptr<Model> blend_of_network(const TrainOptions& options, const std::string& file);

/// Reads the blend's fitted part from a file of save_model(), likewise.
void take_fitted(Model& blend, const std::string& file);

/// The weights of the network that are tried, ascending; the first is 0, the fitted part alone.
std::span<const double> blend_weights();

/// The weight where nothing is held out.
double usual_blend_weight();

/// The metrics of a blend for each of blend_weights(), on rows that neither of its parts has
/// learned from. Leaves the blend with the last of them.
std::vector<MetricValues> measure_blend_weights(Model& blend, const Dataset& data,
                                                const std::vector<int64_t>& rows,
                                                const EvaluationOptions& evaluation);

/// The index of the best of blend_weights(), by choosing_value(); the least of equals.
///   measured  the metrics for each of them
size_t best_blend_weight(const std::vector<MetricValues>& measured, const std::string& metrics);

}  // namespace spout
