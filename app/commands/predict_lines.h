// Predicts the lines of standard input as they arrive: a writer who waits for the answer to each
// line gets it.
#pragma once

#include <optional>

#include "spout/app/data/data_options.h"
#include "spout/app/run/prediction.h"

namespace spout {

/// What a line of standard input is.
enum class ArrivingLines : uint8_t {
  kDocuments,
  kRows,   // feature:value ..., perhaps behind labels
  kUsers,  // adjacency text
};

/// What the lines for this run are; nullopt if they cannot be answered one by one, as those of
/// pairs, of which a user has several.
std::optional<ArrivingLines> arriving_lines(const TrainedModel& trained, const DataOptions& format);

/// Prints text: a line for each row, that begins with the user's name if `user_names`.
void print_rows(const Csr& predicted, const Vocabulary& names, const Vocabulary* users);

/// Answers all lines. If the first ones show that they are pairs, reads on to the end and returns
/// their text, which is not answered; else returns nullopt.
///   format      of the data, for the run      throws FileError or UserError
std::optional<std::string> predict_lines(const TrainedModel& trained, ArrivingLines lines,
                                         const DataOptions& format,
                                         const PredictionOptions& options, bool user_names);

}  // namespace spout
