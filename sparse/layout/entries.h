// Sparse matrices made from the entries of others.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sparse/layout/csr.h"

namespace spout {

/// The entries chosen, or with `taken` false the others; all rows stay.
///   chosen  [nnz], in the order of the entries
Csr take_entries(const Csr& matrix, const std::vector<bool>& chosen, bool taken = true);

/// Drops the entries in columns from `cols` on; the result has `cols` columns.
Csr keep_columns(const Csr& matrix, int64_t cols);

/// The entries of either, with a's value where both have one.
///   throws ValueError unless both have as many rows; the result is as wide as the wider
Csr unite(const Csr& a, const Csr& b);

/// The entries of `matrix` where `other`, of as many rows, has none.
Csr without(const Csr& matrix, const Csr& other);

/// The rows named, in that order; for -1 one without entries.
Csr rows_or_empty(const Csr& matrix, std::span<const int64_t> rows);

}  // namespace spout
