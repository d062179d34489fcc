// Reads the data of `spout train`: training rows, validation rows, and the names in them.
#pragma once

#include <optional>

#include "spout/app/data/data_schema.h"
#include "spout/app/data/token_vectors.h"
#include "spout/app/run/memory_need.h"
#include "spout/app/run/train_options.h"
#include "spout/sparse/batch/dataset.h"

namespace spout {

struct TrainingSets {
  Dataset train;
  // Validation data: a file of their own, or entries kept out of the training rows of users.
  std::optional<Dataset> valid;
  std::optional<Dataset>
      whole;                  // users and items with the entries that `valid` holds out of `train`
  std::vector<int64_t> rows;  // the rows of `train` to train on
  std::vector<int64_t> valid_rows;  // the validation rows, of `valid` or else of `train`
  DataSchema schema;
  TokenVectors token_vectors{};  // which the tokens of the training rows begin with
  at::Tensor label_texts{};  // [L, d] rows of the labels' texts; undefined: the model takes none

  /// The data set of the validation rows; null without any.
  const Dataset* validation() const;
};

/// What is given from the outset if training continues from another state.
struct TrainingStart {
  DataSchema schema;     // names and vocabulary, to which the data may add labels
  LeastWidths widths{};  // the widths of the model to begin with
};

/// Fits data of users and items to another model than they were read for: its scaling, and no items
/// held out if it does not look for its length. Other data stay as they are.
///   options  settled
void settle_users(const TrainOptions& options, TrainingSets& sets);

/// The sizes that decide how much memory a training takes.
TrainingData sizes_of(const TrainingSets& sets);

/// Reads the vectors that --vectors names, and sets the width to theirs.
///   throws FileError or UserError
void read_initial_vectors(TrainOptions& options, TrainingSets& sets);

/// Reads training and validation data, and describes both on stderr. Of users and items,
/// --valid-share is a share of each user's entries; the input of the users of --valid is their row
/// in --valid-input, or else in the training data. Sets the format, the normalisation and the
/// metrics in `options` that these data have.
///   device  where a pretrained encoder computes the rows of documents
///   start   null: the data define names, vocabulary and widths
///   throws FileError or UserError
TrainingSets read_training_sets(TrainOptions& options, c10::Device device,
                                const TrainingStart* start = nullptr);

}  // namespace spout
