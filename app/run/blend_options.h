// The options of the model `blend` beside those of its parts.
#pragma once

#include "spout/app/options/option.h"
#include "spout/models/base/model_options.h"

namespace spout {

OptionGroup blend_group(BlendOptions& o);

}  // namespace spout
