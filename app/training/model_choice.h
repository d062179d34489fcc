// Whether the options of a model go with the model that was chosen.
#pragma once

#include "app/training/train_options.h"

namespace spout {

/// In place of `auto`: encoder where --encoder is given, svm where the options go with it, or mlp.
/// The model is open where the options go with both.
void choose_model(TrainOptions& options);

/// Throws UserError on the first option that the model does not read, or not with that value.
///   options  settled (settle_model)
void check_model_options(const TrainOptions& options);

}  // namespace spout
