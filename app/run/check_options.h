// Checks the options of a training, each alone and all together.
#pragma once

#include "spout/app/run/train_options.h"

namespace spout {

/// Throws UserError on values that are out of range, unknown, of no effect or in contradiction.
///   options  settled (settle_model())
void check_train_options(const TrainOptions& options);

/// Compares the options of a resumed run with those it was begun with, but for options that do not
/// affect what is learned (Option::may_change, is_saved). Throws UserError on the first that
/// differs; with --accept-changes it reports each one on stderr instead.
void check_resumed_options(TrainOptions& begun, TrainOptions& now);

}  // namespace spout
