#include "spout/sparse/layout/column_groups.h"

#include <algorithm>
#include <numeric>

namespace spout {

ColumnGroups group_by_column(const at::Tensor& matrix) {
  const at::Tensor crow = matrix.crow_indices();
  const at::Tensor col = matrix.col_indices();
  const at::Tensor values = matrix.values().contiguous();
  const auto* row_begin = crow.const_data_ptr<int64_t>();
  const auto* columns = col.const_data_ptr<int64_t>();
  const auto* numbers = values.const_data_ptr<float>();

  std::vector<int32_t> row_of(static_cast<size_t>(col.numel()));
  for (int64_t row = 0; row < matrix.size(0); ++row) {
    std::fill(row_of.begin() + row_begin[row], row_of.begin() + row_begin[row + 1],
              static_cast<int32_t>(row));
  }
  std::vector<int64_t> order(row_of.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    return columns[a] != columns[b] ? columns[a] < columns[b] : a < b;
  });

  ColumnGroups groups;
  groups.row.reserve(order.size());
  groups.value.reserve(order.size());
  for (const int64_t i : order) {
    if (groups.column.empty() || groups.column.back() != columns[i]) {
      groups.column.push_back(columns[i]);
      groups.begin.push_back(static_cast<int64_t>(groups.row.size()));
    }
    groups.row.push_back(row_of[static_cast<size_t>(i)]);
    groups.value.push_back(numbers[i]);
  }
  groups.begin.push_back(static_cast<int64_t>(groups.row.size()));
  return groups;
}

}  // namespace spout
