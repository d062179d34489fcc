// Options as JSON: --config FILE reads them, a run's options.json holds them. Comments are allowed.
#pragma once

#include <string>

#include "app/options/option.h"

namespace spout {

/// Sets fields from the JSON object in `path`. Unknown keys and wrong types throw UserError.
void read_config(const OptionList& list, const std::string& path);

/// All saved options as a JSON object, in the order of the list. Throws UserError where a text is
/// no UTF-8.
std::string config_text(const OptionList& list);

}  // namespace spout
