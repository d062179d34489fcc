// Sorts rows, merges entries named twice, and checks bounds.
#include "spout/sparse/layout/row_order.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "spout/sparse/base/error.h"

namespace spout {
namespace {

// The most rows that a file may have beyond its entries: they take 2 GiB of row pointers. A fuzzer
// has no time for so many.
#ifdef SPOUT_FUZZ
constexpr int64_t kMaxEmptyRows = int64_t{1} << 16;
#else
constexpr int64_t kMaxEmptyRows = int64_t{1} << 28;
#endif

bool less_column(const std::pair<int64_t, float>& a, const std::pair<int64_t, float>& b) {
  return a.first < b.first;
}

}  // namespace

void sort_row(std::span<int64_t> columns, std::span<float> values, RowScratch& scratch) {
  if (std::is_sorted(columns.begin(), columns.end())) return;
  scratch.clear();
  for (size_t i = 0; i < columns.size(); ++i)
    scratch.emplace_back(columns[i], values[i]);
  std::stable_sort(scratch.begin(), scratch.end(), less_column);
  for (size_t i = 0; i < columns.size(); ++i) {
    columns[i] = scratch[i].first;
    values[i] = scratch[i].second;
  }
}

int64_t order_rows(const std::string& path, Csr& matrix) {
  auto* crow = matrix.crow.mutable_data_ptr<int64_t>();
  auto* col = matrix.col.mutable_data_ptr<int64_t>();
  auto* values = matrix.values.mutable_data_ptr<float>();
  RowScratch scratch;
  int64_t kept = 0;
  int64_t begin = 0;
  for (int64_t row = 0; row < matrix.rows; ++row) {
    const int64_t end = crow[row + 1];
    const auto length = static_cast<size_t>(end - begin);
    sort_row({col + begin, length}, {values + begin, length}, scratch);
    const int64_t row_start = kept;
    for (int64_t i = begin; i < end; ++i) {
      if (kept > row_start && col[kept - 1] == col[i]) {
        const float sum = values[kept - 1] + values[i];
        if (!std::isfinite(sum)) {
          throw FileError(fmt::format("{}: row {} names column {} twice, with values {} and {}",
                                      path, row, col[i], values[kept - 1], values[i]));
        }
        values[kept - 1] = sum;
        continue;
      }
      col[kept] = col[i];
      values[kept++] = values[i];
    }
    crow[row + 1] = kept;
    begin = end;
  }
  const int64_t duplicates = begin - kept;
  if (duplicates > 0) {
    matrix.col = matrix.col.narrow(0, 0, kept).clone();
    matrix.values = matrix.values.narrow(0, 0, kept).clone();
  }
  return duplicates;
}

void check_empty_rows(const std::string& path, int64_t rows, int64_t nnz) {
  if (rows - kMaxEmptyRows <= nnz) return;
  throw FileError(fmt::format("{}: expected fewer rows for {} entries, found {}", path, nnz, rows));
}

void check_bounds(const std::string& path, const Csr& matrix, const char* row_word,
                  const char* column_word) {
  const auto* crow = matrix.crow.const_data_ptr<int64_t>();
  const auto* col = matrix.col.const_data_ptr<int64_t>();
  const auto* values = matrix.values.const_data_ptr<float>();
  if (crow[0] != 0 || crow[matrix.rows] != matrix.nnz()) {
    throw FileError(fmt::format("{}: expected {} pointers from 0 to {}, found {} to {}", path,
                                row_word, matrix.nnz(), crow[0], crow[matrix.rows]));
  }
  for (int64_t row = 0; row < matrix.rows; ++row) {
    if (crow[row] > crow[row + 1] || crow[row + 1] > matrix.nnz()) {
      throw FileError(fmt::format("{}: {} {}: expected an end of {} to {}, found {}", path,
                                  row_word, row, crow[row], matrix.nnz(), crow[row + 1]));
    }
    for (int64_t i = crow[row]; i < crow[row + 1]; ++i) {
      if (col[i] < 0 || col[i] >= matrix.cols) {
        throw FileError(fmt::format("{}: {} {}: expected a {} below {}, found {}", path, row_word,
                                    row, column_word, matrix.cols, col[i]));
      }
      if (!std::isfinite(values[i])) {
        throw FileError(fmt::format("{}: {} {}, {} {}: expected a finite value, found {}", path,
                                    row_word, row, column_word, col[i], values[i]));
      }
    }
  }
}

}  // namespace spout
