// Interactions as the command line names them: files of either form, or a matrix, and how their
// ratings count.
#pragma once

#include <string>

#include "app/data_schema.h"
#include "app/data_source.h"
#include "sparse/interactions/interactions.h"
#include "sparse/interactions/user_rows.h"

namespace spout {

///   schema  may be null; of a run: its item names, beyond which others are numbered on
///   throws UserError on a word that --ratings or --min-rating does not know
InteractionOptions interaction_options(const DataOptions& options, const DataSchema* schema);

/// Reads an unread text of such a format.   throws FileError
Interactions read_interactions(LineReader& reader, DataFormat format,
                               const InteractionOptions& options);

/// Reads adjacency or pairs text, or with such a --format a lone matrix .npz or .pt of users and
/// items, whose users are named by their numbers.
///   schema  as above      throws FileError or UserError
Interactions read_interactions(const std::string& path, const DataOptions& options,
                               const DataSchema* schema = nullptr);

}  // namespace spout
