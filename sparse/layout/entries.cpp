#include "spout/sparse/layout/entries.h"

#include <c10/util/Exception.h>

#include <algorithm>

#include "spout/sparse/layout/csr_builder.h"

namespace spout {
namespace {

/// Keeps the entries for which `is_kept(entry, column)` is true; `entry` counts the entries from 0.
template <class IsKept>
Csr filter(const Csr& matrix, int64_t cols, const IsKept& is_kept) {
  CsrBuilder result;
  size_t entry = 0;
  for (int64_t row = 0; row < matrix.rows; ++row) {
    const auto columns = matrix.row_columns(row);
    const auto values = matrix.row_values(row);
    for (size_t i = 0; i < columns.size(); ++i, ++entry) {
      if (is_kept(entry, columns[i])) result.add(columns[i], values[i]);
    }
    result.end_row();
  }
  return result.finish(cols);
}

}  // namespace

Csr take_entries(const Csr& matrix, const std::vector<bool>& chosen, bool taken) {
  return filter(matrix, matrix.cols,
                [&](size_t entry, int64_t /*column*/) { return chosen[entry] == taken; });
}

std::vector<int64_t> rows_with(const Csr& matrix, size_t entries) {
  std::vector<int64_t> rows;
  for (int64_t row = 0; row < matrix.rows; ++row) {
    if (matrix.row_columns(row).size() >= entries) rows.push_back(row);
  }
  return rows;
}

Csr keep_columns(const Csr& matrix, int64_t cols) {
  if (matrix.cols > cols) {
    return filter(matrix, cols, [&](size_t /*entry*/, int64_t column) { return column < cols; });
  }
  Csr wider = matrix;
  wider.cols = cols;
  return wider;
}

Csr without_empty_columns(const Csr& matrix) {
  std::vector<int64_t> number(static_cast<size_t>(matrix.cols), -1);
  const auto* columns = matrix.col.const_data_ptr<int64_t>();
  for (int64_t i = 0; i < matrix.nnz(); ++i)
    number[static_cast<size_t>(columns[i])] = 0;
  int64_t count = 0;
  for (int64_t& column : number) {
    if (column == 0) column = count++;
  }
  Csr result = matrix;
  result.cols = count;
  result.col = matrix.col.clone();
  auto* renumbered = result.col.mutable_data_ptr<int64_t>();
  for (int64_t i = 0; i < matrix.nnz(); ++i)
    renumbered[i] = number[static_cast<size_t>(columns[i])];
  return result;
}

int64_t drop_zeros(Csr& matrix) {
  const auto* values = matrix.values.const_data_ptr<float>();
  const int64_t zeros = std::count(values, values + matrix.nnz(), 0.0F);
  if (zeros == 0) return 0;
  matrix = filter(matrix, matrix.cols,
                  [&](size_t entry, int64_t /*column*/) { return values[entry] != 0.0F; });
  return zeros;
}

Csr unite(const Csr& a, const Csr& b) {
  TORCH_CHECK_VALUE(a.rows == b.rows, "unite: ", a.rows, " rows but ", b.rows);
  CsrBuilder result;
  for (int64_t row = 0; row < a.rows; ++row) {
    const auto a_columns = a.row_columns(row);
    const auto b_columns = b.row_columns(row);
    size_t i = 0;
    size_t j = 0;
    while (i < a_columns.size() || j < b_columns.size()) {
      const bool from_a =
          j == b_columns.size() || (i < a_columns.size() && a_columns[i] <= b_columns[j]);
      if (from_a) {
        if (j < b_columns.size() && b_columns[j] == a_columns[i]) ++j;
        result.add(a_columns[i], a.row_values(row)[i]);
        ++i;
      } else {
        result.add(b_columns[j], b.row_values(row)[j]);
        ++j;
      }
    }
    result.end_row();
  }
  return result.finish(std::max(a.cols, b.cols));
}

Csr without(const Csr& matrix, const Csr& other) {
  TORCH_CHECK_VALUE(matrix.rows == other.rows, "without: ", matrix.rows, " rows but ", other.rows);
  CsrBuilder result;
  for (int64_t row = 0; row < matrix.rows; ++row) {
    const auto columns = matrix.row_columns(row);
    const auto values = matrix.row_values(row);
    const auto left_out = other.row_columns(row);
    for (size_t i = 0; i < columns.size(); ++i) {
      if (std::binary_search(left_out.begin(), left_out.end(), columns[i])) continue;
      result.add(columns[i], values[i]);
    }
    result.end_row();
  }
  return result.finish(matrix.cols);
}

Csr rows_or_empty(const Csr& matrix, std::span<const int64_t> rows) {
  CsrBuilder result;
  for (const int64_t row : rows) {
    if (row >= 0) result.add(matrix.row_columns(row), matrix.row_values(row));
    result.end_row();
  }
  return result.finish(matrix.cols);
}

}  // namespace spout
