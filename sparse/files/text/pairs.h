// Reads files of one interaction per line: user, item and perhaps rating and time, separated by
// commas, semicolons, tabs, blanks or "::" (CSV, MovieLens' files). A header may name the columns
// in any order.
#pragma once

#include "spout/sparse/files/io/line_reader.h"
#include "spout/sparse/interactions/interactions.h"

namespace spout {

/// Reads all lines. Users and items are names, even if they look like numbers. But if options.items
/// is given and empty (the model's items are numbers), items must be numbers. Every line has as
/// many fields as the first. Empty ones may follow, and those behind the last column that is read
/// may be missing. A header that comes again is skipped.
///   throws FileError "path:line: expected ..., found ...", and NoRatings
Interactions read_pairs(LineReader& reader, const InteractionOptions& options = {});

}  // namespace spout
