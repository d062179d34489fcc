// Reads labelled data for a trained model, ready to be predicted and compared: rows of examples, or
// users with their known items as the model's input.
#pragma once

#include <string>

#include "spout/app/run/run_folder.h"

namespace spout {

/// Where the known items of users come from; other data ignore it.
struct KnownInteractions {
  std::string data;    // empty: the run's training data
  DataOptions format;  // of `data`
};

/// Reads DATA to measure the model on. If they are users and items, they name the items to be
/// found. A user's row in `known` is the model's input, and those items are left out of the
/// ranking. Users without items in DATA are left out. Messages on stderr count users without input,
/// and items that the model has not seen.
///   throws FileError or UserError
Dataset read_measured_data(const TrainedModel& trained, const std::string& data,
                           const DataOptions& format, const KnownInteractions& known = {});

/// Reads the entries that must not be predicted for the rows of `data`: labels row by row, items
/// user by user.
///   throws FileError or UserError, also if the numbers of rows differ
Csr read_excluded(const TrainedModel& trained, const std::string& excluded,
                  const DataOptions& format, const Dataset& data);

/// A data set and some of its rows.
struct ChosenRows {
  Dataset data;
  std::vector<int64_t> rows;
};

/// The rows (or entries of users) that a run with --valid-share kept out of its training data.
ChosenRows read_held_back(const TrainedModel& trained);

}  // namespace spout
