// Brings rows as files hold them into the order that Csr promises: columns ascending and unique.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "spout/sparse/layout/csr.h"

namespace spout {

/// The working memory of sort_row(), kept between rows.
using RowScratch = std::vector<std::pair<int64_t, float>>;

/// Sorts a row's columns, and the values with them, by a stable sort. Sorted rows cost one pass.
void sort_row(std::span<int64_t> columns, std::span<float> values, RowScratch& scratch);

/// Sorts every row of `matrix` in place and adds up entries that are named twice, as SciPy and
/// torch do.
///   returns how many entries were added to an earlier one
///   throws FileError that names `path`, row and column, where a sum is not finite
int64_t order_rows(const std::string& path, Csr& matrix);

/// Throws FileError if a matrix that is not stored by rows has far more rows than entries. Such
/// rows cost memory but no bytes in the file, so a small file could otherwise take all memory.
void check_empty_rows(const std::string& path, int64_t rows, int64_t nnz);

/// Checks a matrix before anything trusts it: row pointers run from 0 to nnz and never fall,
/// columns lie in [0, cols), values are finite.
///   path                   the file, for the FileError
///   row_word, column_word  what the error calls a row and a column; swapped for CSC
void check_bounds(const std::string& path, const Csr& matrix, const char* row_word,
                  const char* column_word);

}  // namespace spout
