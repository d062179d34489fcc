// Chooses the label trees of a model that has an svm, if the user names none.
#pragma once

#include "spout/app/run/train_options.h"
#include "spout/sparse/batch/dataset.h"

namespace spout {

/// Sets --trees if it is left to the data and the model reads it, by what they are estimated to
/// take on the training rows, and says so if that is long.
///   options  settled (settle_model())
void settle_trees(TrainOptions& options, const Dataset& train);

}  // namespace spout
