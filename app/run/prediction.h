// Predicts the rows of a data set with a run's model.
#pragma once

#include <string>

#include "spout/app/run/model_batches.h"
#include "spout/app/run/run_folder.h"
#include "spout/sparse/decode/decode_options.h"

namespace spout {

struct PredictionOptions {
  DecodeOptions decode;
  ModelSetting setting;
  bool support_scores = false;  // of a model with two heads: the scores in place of the values
};

/// Predicts all rows, and reports on stderr how many were cut, and how many users got the commonest
/// items because none of theirs is known.
///   path  of the data, for these reports      returns [rows, L]
Csr predict_rows(const TrainedModel& trained, const std::string& path, const Dataset& data,
                 const PredictionOptions& options);

/// Reports on stderr how many users get the commonest items.
void say_popular(const TrainedModel& trained, const std::string& path, const Dataset& data);

}  // namespace spout
