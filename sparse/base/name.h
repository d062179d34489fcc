// Names of labels, items and users stand in files with a name per line and in text with tabs
// between names. A name that would break those is refused where it is first read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "spout/sparse/base/vocabulary.h"

namespace spout {

/// Returns an empty text for a good name, and else what was expected and found: "a name without
/// control characters, found ...". A name must not be empty, hold a byte below 32 or 127, or begin
/// with a byte order mark.
std::string mistake_in_name(std::string_view name);

/// Adds a name to `names` and returns its number.
///   path, line  where it was read      throws FileError on a bad name
int64_t add_name(Vocabulary& names, std::string_view name, const std::string& path, int64_t line);

}  // namespace spout
