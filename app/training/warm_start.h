// Training that begins with another run's weights: more of the same data, newer data with further
// labels or items, or other labels behind the same encoder.
#pragma once

#include <string>

#include "app/run_folder.h"

namespace spout {

/// What the run `path` leaves to one that begins with it.
///   throws as read_saved_model(), UserError also on a run of users' own vectors
SavedModel read_warm_start(const std::string& path);

/// Gives the model the weights of the run, and says on stderr what it was given. Labels (items) and
/// features that the run did not have come behind those it had, and keep the weights they were made
/// with. Where labels are numbers and not as many, they are others: the output layer stays new.
///   shape    the model's
///   extends  the labels are those of the run, and more
///   throws UserError where the models differ in anything else
void begin_with(const SavedModel& start, const RunShape& shape, Model& model, bool extends);

}  // namespace spout
