// Reads the data of `spout train`: training rows, validation rows, and the names in them.
#pragma once

#include <optional>

#include "spout/app/data/data_schema.h"
#include "spout/app/run/train_options.h"
#include "spout/sparse/batch/dataset.h"

namespace spout {

struct TrainingSets {
  Dataset train;
  // Validation data: a file of their own, or entries kept out of the training rows of users.
  std::optional<Dataset> valid;
  std::vector<int64_t> rows;        // the rows of `train` to train on
  std::vector<int64_t> valid_rows;  // the validation rows, of `valid` or else of `train`
  DataSchema schema;

  /// The data set of the validation rows; null without any.
  const Dataset* validation() const;
};

/// What is given from the outset if training continues from another state.
struct TrainingStart {
  DataSchema schema;     // names and vocabulary, to which the data may add labels
  LeastWidths widths{};  // the widths of the model to begin with
};

/// Reads training and validation data, and describes both on stderr. Of users and items,
/// --valid-share is a share of each user's entries; the input of the users of --valid is their row
/// in --valid-input, or else in the training data. Sets the format, the normalisation and the
/// metrics in `options` that these data have.
///   start  null: the data define names, vocabulary and widths
///   throws FileError or UserError
TrainingSets read_training_sets(TrainOptions& options, const TrainingStart* start = nullptr);

}  // namespace spout
