// Begins a training with another run's weights: for more of the same data, for newer data with
// further labels or items, or for other labels behind the same encoder.
#pragma once

#include <string>

#include "spout/app/run/run_folder.h"

namespace spout {

/// Opens the run that a training begins with.
///   path    its folder
///   throws  as read_saved_model(); UserError also on a run with --user-vectors
SavedModel read_warm_start(const std::string& path);

/// Copies the weights of the run into the model, and reports on stderr which. Labels (items) and
/// features that the run did not have follow those it had, and keep their initial weights. If
/// labels are numbers and their count differs, they are taken to be other labels, and the output
/// layer keeps its initial weights.
///   shape    the model's
///   extends  labels are the run's and further ones, also if they are numbers
///   throws UserError if the models differ in anything else
void begin_with(const SavedModel& start, const RunShape& shape, Model& model, bool extends);

}  // namespace spout
