// The command-line options of the models of users and items: mf, multvae, ease, slim and item-knn.
#pragma once

#include "spout/app/options/option.h"
#include "spout/models/base/model_options.h"

namespace spout {

/// The options under the heading `models of users and items` of --help.
OptionGroup item_model_group(ModelOptions& options);

}  // namespace spout
