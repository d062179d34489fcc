// A CSR matrix under construction, entry by entry and row by row, in host memory.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "spout/sparse/layout/csr.h"

namespace spout {

class CsrBuilder {
 public:
  void reserve(size_t rows, size_t entries) {
    crow_.reserve(rows + 1);
    col_.reserve(entries);
    values_.reserve(entries);
  }

  /// Adds an entry to the row that is open. Columns of a row must come in ascending order for the
  /// matrix to be well-formed; nothing is checked.
  void add(int64_t column, float value) {
    col_.push_back(column);
    values_.push_back(value);
  }

  /// Adds several entries to it.
  void add(std::span<const int64_t> columns, std::span<const float> values) {
    col_.insert(col_.end(), columns.begin(), columns.end());
    values_.insert(values_.end(), values.begin(), values.end());
  }

  void end_row() { crow_.push_back(static_cast<int64_t>(col_.size())); }

  /// Hands over what was added, as a matrix of so many rows as have ended.
  Csr finish(int64_t cols) {
    const auto rows = static_cast<int64_t>(crow_.size()) - 1;
    return make_csr(rows, cols, std::move(crow_), std::move(col_), std::move(values_));
  }

 private:
  std::vector<int64_t> crow_{0};
  std::vector<int64_t> col_;
  std::vector<float> values_;
};

}  // namespace spout
