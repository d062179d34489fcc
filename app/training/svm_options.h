// The options of the model `svm`.
#pragma once

#include "app/options/option.h"
#include "models/model_options.h"

namespace spout {

/// What --help says under the heading `svm`.
OptionGroup svm_group(ModelOptions& options);

/// Throws UserError on values that make no sense.
void check_svm_options(const ModelOptions& options);

}  // namespace spout
