// The command line's options for the model `prototypes`.
#pragma once

#include "spout/app/options/option.h"
#include "spout/models/base/model_options.h"

namespace spout {

OptionGroup prototype_group(PrototypeOptions& options);

}  // namespace spout
