// Reads interactions of users and items that the command line names: adjacency text, pairs, or a
// matrix.
#pragma once

#include <string>

#include "spout/app/data/data_options.h"
#include "spout/app/data/data_schema.h"
#include "spout/sparse/interactions/interactions.h"
#include "spout/sparse/interactions/user_rows.h"

namespace spout {

/// The reading options that --min-rating and --ratings ask for.
///   schema  a run's, whose items keep their numbers and whose number others follow; may be null
///   throws UserError if --min-rating is no number
InteractionOptions interaction_options(const DataOptions& options, const DataSchema* schema);

/// Reads an unread text in a format of users and items.   throws FileError
Interactions read_interactions(LineReader& reader, DataFormat format,
                               const InteractionOptions& options);

/// Reads an unread text of users and items in the format that `options` name or the content shows.
///   schema  as above      throws FileError or UserError
Interactions read_interactions(LineReader& reader, const DataOptions& options,
                               const DataSchema* schema = nullptr);

/// Reads a file of adjacency text, of pairs, or a matrix (.npz, .pt) of users x items, whose users
/// are named by their row numbers.
///   schema  as above      throws FileError or UserError
Interactions read_interactions(const std::string& path, const DataOptions& options,
                               const DataSchema* schema = nullptr);

}  // namespace spout
