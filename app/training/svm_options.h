// The options of the model `svm`.
#pragma once

#include "app/options/option.h"
#include "models/model_options.h"

namespace spout {

/// A heading of their own in --help.
OptionGroup svm_group(ModelOptions& options);

/// Throws UserError on values that make no sense.
void check_svm_options(const ModelOptions& options);

}  // namespace spout
