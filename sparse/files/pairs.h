// Interactions a line each: user, item and perhaps rating and time, with commas, semicolons, tabs,
// blanks or "::" between (CSV; MovieLens' files). A header may name the columns in any order.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "sparse/files/line_reader.h"
#include "sparse/interactions/interactions.h"

namespace spout {

/// Where the fields of a line are.
struct PairColumns {
  std::string_view separator;  // " " stands for any blanks
  bool has_header = false;
  size_t user = 0;
  size_t item = 1;
  std::optional<size_t> rating;
  std::optional<size_t> time;
};

/// The columns by a file's first line: a header, where it names a user's and an item's column, else
/// user, item, rating and time in this order, as many as there are. Nothing where it has fewer than
/// two fields, or without a header more than four.
std::optional<PairColumns> pair_columns(std::string_view first_line);

/// The fields of a line; quotes as in CSV. False where a quote is not closed.
///   unquoted  keeps the letters of fields that had quotes in them
bool split_fields(std::string_view line, std::string_view separator,
                  std::vector<std::string_view>& fields, std::vector<std::string>& unquoted);

/// Users and items are names, whatever they look like; but where options.items is given and empty
/// (a run whose items are numbers), items must be numbers.
///   throws FileError "path:line: expected ..., found ..."
Interactions read_pairs(LineReader& reader, const InteractionOptions& options = {});

}  // namespace spout
