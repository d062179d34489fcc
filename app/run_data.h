// Labelled data for a trained model, ready to be predicted and compared: rows of examples, or the
// users of an interaction file with what the model is to know of them.
#pragma once

#include <string>

#include "app/run_folder.h"

namespace spout {

/// Where the users' inputs come from; of no meaning for other data.
struct KnownInteractions {
  std::string data;    // empty: the run's training data
  DataOptions format;  // of `data`
};

/// Reads DATA to measure the model on. Of interactions it names the items to be found: a user's row
/// in `known` is the input, and left out of rankings; users without items in DATA are left out.
///   throws FileError or UserError
Dataset read_measured_data(const TrainedModel& trained, const std::string& data,
                           const DataOptions& format, const KnownInteractions& known = {});

/// Reads labels that `data`, the rows to predict, are not to be given: row by row, of interactions
/// user by user.
///   throws FileError or UserError, also where rows do not match
Csr read_excluded(const TrainedModel& trained, const std::string& excluded,
                  const DataOptions& format, const Dataset& data);

/// Rows of a data set.
struct ChosenRows {
  Dataset data;
  std::vector<int64_t> rows;
};

/// What a run with --valid-share kept back from its training data.
ChosenRows read_held_back(const TrainedModel& trained);

}  // namespace spout
