// Set operations on the entries of sparse matrices: selection, union and difference.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "spout/sparse/layout/csr.h"

namespace spout {

/// Keeps the chosen entries, or the others if `taken` is false. All rows stay.
///   chosen  [nnz], in the order of the entries
Csr take_entries(const Csr& matrix, const std::vector<bool>& chosen, bool taken = true);

/// The rows that have at least so many entries, ascending.
std::vector<int64_t> rows_with(const Csr& matrix, size_t entries);

/// Drops the entries in columns from `cols` on. The result has `cols` columns.
Csr keep_columns(const Csr& matrix, int64_t cols);

/// Leaves out the columns without an entry; the others keep their order.
Csr without_empty_columns(const Csr& matrix);

/// Drops the entries whose value is 0, and returns how many there were.
int64_t drop_zeros(Csr& matrix);

/// Returns the entries of either matrix, with a's value where both have one.
///   returns [rows, the larger number of columns]
///   throws ValueError if the numbers of rows differ
Csr unite(const Csr& a, const Csr& b);

/// Returns the entries of `matrix` where `other` has none.
///   throws ValueError if the numbers of rows differ
Csr without(const Csr& matrix, const Csr& other);

/// Copies the given rows, in the given order; -1 stands for a row without entries.
Csr rows_or_empty(const Csr& matrix, std::span<const int64_t> rows);

}  // namespace spout
