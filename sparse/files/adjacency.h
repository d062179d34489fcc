// Adjacency text: `user item item ...` on each line, items numbered from 0, in the order in which
// they were met where the file keeps it. The form that recommendation benchmarks are published in.
#pragma once

#include <string>

#include "sparse/files/line_reader.h"
#include "sparse/interactions/interactions.h"

namespace spout {

/// A user may be any word and come on several lines; a line of a user alone is an empty row.
///   throws FileError "path:line: expected an item's number ..., found ..."
Interactions read_adjacency(LineReader& reader, const InteractionOptions& options = {});

struct AdjacencyWriting {
  bool numbers_users = false;  // users by number in place of their names
  bool skips_empty = false;    // no line for a user without items
  bool overwrite = false;
};

/// Writes a line for each row, items by their time.   throws as TextWriter
void write_adjacency(const std::string& path, const Interactions& interactions,
                     const AdjacencyWriting& options);

}  // namespace spout
