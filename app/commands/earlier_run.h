// Trainings that go on from another: --resume from the run's own checkpoint, --warm-start and
// --extend from the model of another run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "spout/app/options/option.h"
#include "spout/app/run/run_folder.h"
#include "spout/app/run/train_options.h"
#include "spout/app/training/train_data.h"
#include "spout/app/training/warm_start.h"

namespace spout {

/// Makes paths absolute, so that the run can be resumed from any working directory.
void make_paths_absolute(TrainOptions& options);

/// Slows the encoder of an extended run to a tenth of the rate, unless it has new features to learn
/// or a rate of its own. What it has learned holds for new labels too, and at the full rate it
/// would forget it: on bibtex with a tenth of its labels new, P@1 of the others falls by 0.2 points
/// in place of 2.0.
///   from  of the run that is extended      features  of the new data
void slow_encoder(TrainOptions& options, const RunShape& from, int64_t features);

/// Sets `options`, which `list` describes, to those that the run was begun with, changed by the
/// arguments of this call.
///   throws UserError where the run cannot go on with the change
void continue_options(TrainOptions& options, const OptionList& list,
                      const std::vector<std::string>& arguments, const RunFolder& folder);

/// Sets `options` to those of the run that --extend names, changed by the arguments of this call.
void extend_options(TrainOptions& options, const OptionList& list,
                    const std::vector<std::string>& arguments);

/// Throws UserError if a run would overwrite the one that it begins with.
void check_other_folder(const TrainOptions& options);

/// Opens the run that --warm-start or --extend names, and takes over its text options; nullopt if
/// neither is given.
///   again  this training was begun before, and has those text options already
std::optional<SavedModel> warm_start_of(TrainOptions& options, bool again);

/// The names and widths that are given from the outset: those of the run that the training begins
/// with, or those of its own checkpoint.
std::optional<TrainingStart> training_start(const TrainOptions& options, const RunFolder& folder,
                                            const std::optional<SavedModel>& begun);

}  // namespace spout
