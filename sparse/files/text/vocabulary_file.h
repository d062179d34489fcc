// A vocabulary in a text file: one name per line. Lines count from 0 and give the names' numbers.
#pragma once

#include <string>

#include "spout/sparse/base/vocabulary.h"

namespace spout {

/// Writes the names, which must not hold line breaks. Replaces an earlier file.
///   throws FileError if the file cannot be written
void write_vocabulary(const std::string& path, const Vocabulary& names);

/// Reads what write_vocabulary() wrote.
///   throws FileError with path:line on a name that an earlier line has
Vocabulary read_vocabulary(const std::string& path);

}  // namespace spout
