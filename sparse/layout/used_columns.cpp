#include "spout/sparse/layout/used_columns.h"

#include <algorithm>

namespace spout {

Csr UsedColumns::gather(const Csr& matrix, std::span<const int64_t> rows) {
  Csr copy = gather_rows(matrix, rows);
  columns_.clear();
  auto* col = copy.col.mutable_data_ptr<int64_t>();
  const std::span<int64_t> all(col, static_cast<size_t>(copy.nnz()));
  for (const int64_t column : all) {
    int32_t& place = place_[static_cast<size_t>(column)];
    if (place != kUnused) continue;
    place = 0;
    columns_.push_back(column);
  }
  std::sort(columns_.begin(), columns_.end());
  for (size_t i = 0; i < columns_.size(); ++i)
    place_[static_cast<size_t>(columns_[i])] = static_cast<int32_t>(i);
  for (int64_t& column : all)
    column = place_[static_cast<size_t>(column)];
  for (const int64_t column : columns_)
    place_[static_cast<size_t>(column)] = kUnused;
  copy.cols = static_cast<int64_t>(columns_.size());
  return copy;
}

}  // namespace spout
