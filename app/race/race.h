// Which model, and which settings of it, suit the data: the candidates that the options leave open
// are trained on a sample of the training rows, and the one that is best on held-out rows of the
// sample is then trained on all rows as if it had been named. The outcome depends on data, options,
// seed and on which candidates the memory has room for, and not on the clock: the size of the
// sample comes from an estimate of the work.
#pragma once

#include <optional>

#include "spout/app/run/run_folder.h"
#include "spout/app/run/run_lock.h"
#include "spout/app/training/train_data.h"

namespace spout {

/// Lets candidates compete for what the options leave open, if there are several, and fits options
/// and data to the winner. What is tried, and what comes of it, is reported on stderr.
///   asked    the options as they were given, before any model was settled
///   settled  the same, settled by the data
///   folder   where the candidates keep files meanwhile
///   lock     of the folder; taken before anything is written there
///   throws   Interrupted; c10::Error if every candidate fails
void settle_by_race(const TrainOptions& asked, TrainOptions& settled, TrainingSets& sets,
                    const RunFolder& folder, c10::Device device, std::optional<RunLock>& lock);

}  // namespace spout
