// Reads interactions of users and items that the command line names: adjacency text, pairs, or a
// matrix.
#pragma once

#include <string>

#include "spout/app/data/data_options.h"
#include "spout/app/data/data_schema.h"
#include "spout/sparse/interactions/interactions.h"
#include "spout/sparse/interactions/user_rows.h"

namespace spout {

/// The interactions that a run knows, by whose items it reads others.
struct KnownItems {
  const DataSchema* schema = nullptr;  // null: there is no run

  /// Whether the run knows its items by their numbers alone.
  bool are_numbers() const { return schema != nullptr && schema->labels.empty(); }
};

/// Reads an unread text of users and items, and reports on stderr what was found out, merged and
/// left out. Adjacency text with names beside it is read by these names.
///   format  kAdjacency or kPairs      throws FileError or UserError
Interactions read_interactions(LineReader& reader, DataFormat format, const DataOptions& options,
                               const KnownItems& known = {});

/// Reads an unread text of users and items in the format that `options` name or the content shows.
Interactions read_interactions(LineReader& reader, const DataOptions& options,
                               const KnownItems& known = {});

/// Reads a file of adjacency text, of pairs, or a matrix (.npz, .pt) of users x items, whose users
/// are named by their row numbers, or by the names beside it.
Interactions read_interactions(const std::string& path, const DataOptions& options,
                               const KnownItems& known = {});

/// Reports on stderr how many items of `read` a run does not know, with an example.
///   num_known  L of the run      fate  what happens to them: "they count as missed"
void say_unknown_items(const std::string& path, const Interactions& read, int64_t num_known,
                       const char* fate);

}  // namespace spout
