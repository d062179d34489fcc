// A network's saved output, I.npy,V.npy, on the command line: the indices and the values that it
// emits for every row (sparse/decode/index_value.h says what becomes of bad ones).
#pragma once

#include <string>
#include <vector>

#include "app/options/option.h"
#include "sparse/decode/index_value.h"

namespace spout {

/// The choices of IndexValueOptions by their names.
struct IndexValueFlags {
  std::string round = "nearest";
  std::string out_of_range = "error";
  std::string duplicates = "error";

  bool operator==(const IndexValueFlags&) const = default;
};

/// --round, --out-of-range and --duplicates.
std::vector<Option> index_value_options(IndexValueFlags& flags);

/// Whether this is a pair I.npy,V.npy.
bool is_index_value_pair(const std::string& name);

/// Reads and decodes such a pair, and says on stderr what was not taken as it was.
///   num_labels  L; UserError where negative
///   throws FileError or UserError, with the files, row, position and value
Csr read_index_value_files(const std::string& name, int64_t num_labels,
                           const IndexValueFlags& flags);

}  // namespace spout
