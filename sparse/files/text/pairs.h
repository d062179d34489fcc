// Reads files of one interaction per line: user, item and perhaps rating and time, separated by
// commas, semicolons, tabs, blanks or "::" (CSV, MovieLens' files). A header may name the columns
// in any order.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "spout/sparse/files/io/line_reader.h"
#include "spout/sparse/interactions/interactions.h"

namespace spout {

/// The positions of the fields in a line.
struct PairColumns {
  std::string_view separator;  // " " stands for one or more blanks
  bool has_header = false;
  size_t user = 0;
  size_t item = 1;
  std::optional<size_t> rating;
  std::optional<size_t> time;
};

/// Finds the columns from a file's first line. It is a header if it names a column for users and
/// one for items; else its fields are user, item, rating and time, as many as there are. Returns
/// nullopt if there are fewer than two fields, or more than four without a header.
std::optional<PairColumns> pair_columns(std::string_view first_line);

/// Splits a line into fields, with quotes as in CSV. Returns false if a quote is not closed.
///   unquoted  holds the text of quoted fields, to which `fields` refers
bool split_fields(std::string_view line, std::string_view separator,
                  std::vector<std::string_view>& fields, std::vector<std::string>& unquoted);

/// Reads all lines. Users and items are names, even if they look like numbers. But if options.items
/// is given and empty (the model's items are numbers), items must be numbers.
///   throws FileError "path:line: expected ..., found ..."
Interactions read_pairs(LineReader& reader, const InteractionOptions& options = {});

}  // namespace spout
