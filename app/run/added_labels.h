// Labels that a trained model learns of only when it predicts, from their texts.
#pragma once

#include <string>

#include "spout/app/run/run_folder.h"

namespace spout {

/// Gives the model the labels that a file of label texts names and the run does not have, and
/// reports their number on stderr.
///   throws UserError unless the model knows labels by their texts; FileError
void add_labels(TrainedModel& trained, const std::string& label_text);

}  // namespace spout
