// The command-line options of the models that read tokens: cnn, transformer and embedding-bag.
#pragma once

#include <string>

#include "spout/app/options/option.h"
#include "spout/models/base/model_options.h"

namespace spout {

/// The options under the heading `models of tokens` of --help.
///   vectors  the file of vectors that tokens begin with
OptionGroup token_model_group(ModelOptions& options, std::string& vectors);

}  // namespace spout
