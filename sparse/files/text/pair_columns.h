// Finds out which field of a line of pairs is the user, the item, the rating and the time: from the
// words of a header, from what the caller asks for, or from the order user, item, rating, time.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "spout/sparse/interactions/reading.h"

namespace spout {

/// The positions of the fields in a line.
struct PairColumns {
  std::string_view separator;  // " " stands for one or more blanks
  bool has_header = false;
  size_t user = 0;
  size_t item = 1;
  std::optional<size_t> rating;
  std::optional<size_t> time;
  size_t num_fields = 0;           // of the first line
  std::vector<std::string> names;  // the header's words, or "1", "2", ...
  bool names_words = false;        // a column was asked for by a word of the header
  // What was expected and found in the first line; empty if it tells the columns.
  std::string mistake;

  /// One above the last position that is read.
  size_t needed() const;
  /// "user=customer_id, item=product_id, rating=stars", as the header calls them.
  std::string text() const;
};

/// Finds the columns from the first lines of a file, which must not be empty. A first line is a
/// header if it names a column for users and one for items. It must not look like a header in
/// any other way: hold words for columns, or words where all other lines hold numbers.
PairColumns pair_columns(std::span<const std::string> lines, const AskedColumns& asked = {});

}  // namespace spout
