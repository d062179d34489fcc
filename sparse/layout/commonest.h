// The columns of a sparse matrix that have the most entries.
#pragma once

#include <cstdint>
#include <vector>

#include "spout/sparse/layout/csr.h"

namespace spout {

/// The places of the largest counts, ties by ascending place; at most `most` of them.
std::vector<int64_t> places_of_largest(const std::vector<int64_t>& counts, int64_t most);

/// Keeps the `most` columns with the largest counts, the first of equals, in the order that they
/// had. Columns without an entry are left out. All rows stay.
///   counts  [columns] how many rows count for each (label_counts())
Csr commonest_columns(const Csr& matrix, const std::vector<int64_t>& counts, int64_t most);

}  // namespace spout
