// What `spout train` reads: the rows to learn from, those to choose by, and the names in them.
#pragma once

#include <optional>

#include "app/data_schema.h"
#include "app/training/train_options.h"
#include "sparse/batch/dataset.h"

namespace spout {

struct TrainingSets {
  Dataset train;
  std::optional<Dataset> valid;     // a file of its own, or entries kept out of the training rows
  std::vector<int64_t> rows;        // of `train`, to learn from
  std::vector<int64_t> valid_rows;  // of `valid`, or where that is missing of `train`
  DataSchema schema;

  /// What to choose by; null without validation rows.
  const Dataset* validation() const;
};

/// What holds already where learning goes on.
struct TrainingStart {
  DataSchema schema;     // names and words
  LeastWidths widths{};  // of the model begun with
};

/// Reads both and says on stderr what they are. Of interactions --valid-share is a share of each
/// user's entries; the users of --valid are given what the training data say of them, or
/// --valid-input. Puts the format and normalisation that the data have into `options`.
///   start  null: the data settle names, words and widths
///   throws FileError or UserError
TrainingSets read_training_sets(TrainOptions& options, const TrainingStart* start = nullptr);

}  // namespace spout
