// Adjacency text: `user item item ...` on each line, with items numbered from 0. A line may list
// its items in order of time. Recommendation benchmarks are published in this form.
#pragma once

#include <string>

#include "spout/sparse/files/io/line_reader.h"
#include "spout/sparse/interactions/interactions.h"

namespace spout {

/// Thrown for numbers that cannot be items counted from 0.
class ItemsBeyondReason : public FileError {
 public:
  using FileError::FileError;
};

/// Reads all lines. A user may be any word and may have several lines; a line with a user only is
/// an empty row. The time of an entry is its place in the file. With options.user_names and
/// item_names the numbers in the file stand for these names.
///   throws FileError "path:line: expected an item's number ..., found ...", NoRatings, and
///   ItemsBeyondReason on a largest item of a thousand times the count of different ones, if the
///   items are not known before
Interactions read_adjacency(LineReader& reader, const InteractionOptions& options = {});

struct AdjacencyWriting {
  bool numbers_users = false;  // writes users' row numbers in place of their names
  bool skips_empty = false;    // writes no line for a user without items
  bool overwrite = false;
};

/// Writes a line for each row, with items in order of time. Errors as TextWriter.
void write_adjacency(const std::string& path, const Interactions& interactions,
                     const AdjacencyWriting& options);

}  // namespace spout
