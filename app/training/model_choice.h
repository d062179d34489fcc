// Whether the options of a model go with the model that was chosen.
#pragma once

#include "app/training/train_options.h"

namespace spout {

/// Throws UserError on the first option that the model does not read, or not with that value.
///   options  settled (settle_model)
void check_model_options(const TrainOptions& options);

}  // namespace spout
