// Which model it is where none is named, what goes with it, and whether the options do.
#pragma once

#include "app/training/train_options.h"

namespace spout {

/// Puts in place what other options imply: the model of --encoder; in place of `auto` svm, or where
/// an option asks for what it does not have, mlp; and what was left to the model: loss, hidden
/// layers, activation, input dropout. Throws UserError on an unknown model.
void settle_model(TrainOptions& options);

/// Where the model is open: takes mlp for data that svm is not for: users and items, tokens, dense
/// or small features, data that stay in their files.
void settle_model_by_data(TrainOptions& options, const Features& x, bool has_interactions);

/// Throws UserError on the first option that the model does not read, or not with that value.
///   options  settled (settle_model)
void check_model_options(const TrainOptions& options);

}  // namespace spout
