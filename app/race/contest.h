// Trains the candidates of a race on its sample, one after the other, and compares them on the rows
// held out. What becomes of each is reported on stderr.
#pragma once

#include <string>
#include <vector>

#include "spout/app/race/candidates.h"
#include "spout/app/race/race_sample.h"
#include "spout/app/run/memory_need.h"
#include "spout/app/run/run_folder.h"

namespace spout {

/// What a contest is held for.
struct ContestAim {
  std::string model;      // the one that was asked for, or "auto"
  std::string metrics;    // the list; choosing_value() tells what counts
  TrainingData all_rows;  // the sizes of what the best will be trained on
};

/// Returns the best candidate, or the blend of two if that is better.
///   field   at least two
///   folder  where the candidates keep files meanwhile
///   throws  Interrupted; c10::Error if every candidate fails
Entrant run_contest(const ContestAim& aim, std::vector<Entrant> field, RaceSample sample,
                    const RunFolder& folder, c10::Device device);

}  // namespace spout
