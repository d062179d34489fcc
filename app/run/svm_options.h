// The command-line options of the model `svm`.
#pragma once

#include "spout/app/options/option.h"
#include "spout/models/base/model_options.h"

namespace spout {

/// The options under the heading `model svm` of --help.
OptionGroup svm_group(SvmModelOptions& options);

/// Throws UserError on values that do not go together.
void check_svm_options(const SvmModelOptions& options);

}  // namespace spout
