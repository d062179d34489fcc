// Reads a network's saved output, a pair I.npy,V.npy: the indices and the values that it emits for
// every row. sparse/decode/index_value.h has the rules for bad ones.
#pragma once

#include <string>
#include <vector>

#include "spout/app/options/option.h"
#include "spout/sparse/decode/index_value.h"

namespace spout {

/// The policies of IndexValueOptions, as a command's options.
struct IndexValueFlags {
  IndexRounding rounding = IndexRounding::kNearest;
  OutOfRange out_of_range = OutOfRange::kError;
  Duplicates duplicates = Duplicates::kError;

  bool operator==(const IndexValueFlags&) const = default;
};

/// The options --round, --out-of-range and --duplicates.
std::vector<Option> index_value_options(IndexValueFlags& flags);

/// Reads and decodes a pair I.npy,V.npy, and reports on stderr how many pairs were changed or
/// dropped.
///   num_labels  L, not negative
///   throws FileError or UserError that names the files, and the row, position and value of a pair
Csr read_index_value_files(const std::string& name, int64_t num_labels,
                           const IndexValueFlags& flags);

}  // namespace spout
