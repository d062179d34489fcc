// Options as JSON: read from --config FILE, and written to a run's options.json. The JSON may hold
// comments.
#pragma once

#include <string>

#include "spout/app/options/option.h"

namespace spout {

/// Sets fields from the JSON object in `path`.
///   throws UserError on a file that is none, on unknown keys and on values of another type
void read_config(const OptionList& list, const std::string& path);

/// All saved options as a JSON object, in the order of the list.
///   throws UserError if a text is not UTF-8
std::string config_text(const OptionList& list);

}  // namespace spout
