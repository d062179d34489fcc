// Rows as files hold them, brought into the order that Csr promises: columns ascending and unique.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sparse/layout/csr.h"

namespace spout {

using RowScratch = std::vector<std::pair<int64_t, float>>;

/// Sorts a row's columns, and the values with them. Sorted rows cost one pass.
void sort_row(std::span<int64_t> columns, std::span<float> values, RowScratch& scratch);

/// What an entry is that a file names twice.
enum class NamedTwice {
  kOnce,  // one entry, where both values are 1; else a mistake
  kSum,   // their sum, as SciPy has it
};

/// Sorts every row of `matrix` in place and makes one of what is named twice; how often it was is
/// the result. Throws FileError that names `path`, row and column on a mistake, and on a sum that
/// is not finite.
int64_t order_rows(const std::string& path, Csr& matrix, NamedTwice rule = NamedTwice::kOnce);

/// Throws FileError where a matrix that is not stored by rows has far more rows than entries: they
/// cost memory here, but no bytes in the file, so that a small one could ask for all there is.
void check_empty_rows(const std::string& path, int64_t rows, int64_t nnz);

/// Checks bounds before anything trusts them: pointers from 0 to nnz and never falling, columns in
/// [0, cols), values finite.
///   path       for the FileError
///   row_word   what a row and a column are called: "row", "column", or the reverse for CSC
void check_bounds(const std::string& path, const Csr& matrix, const char* row_word,
                  const char* column_word);

}  // namespace spout
