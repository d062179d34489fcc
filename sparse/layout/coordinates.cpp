#include "spout/sparse/layout/coordinates.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "spout/sparse/base/error.h"
#include "spout/sparse/layout/row_order.h"

namespace spout {

Csr group_by_row(const std::string& path, const Coordinates& entries) {
  const int64_t nnz = entries.row.numel();
  if (entries.col.numel() != nnz || entries.values.numel() != nnz) {
    throw FileError(
        fmt::format("{}: expected as many rows, columns and values, found {}, {} and {}", path, nnz,
                    entries.col.numel(), entries.values.numel()));
  }
  check_empty_rows(path, entries.rows, nnz);
  const at::Tensor row = entries.row.contiguous();
  const at::Tensor col = entries.col.contiguous();
  const at::Tensor values = entries.values.contiguous();
  const auto* row_of = row.const_data_ptr<int64_t>();
  const auto* col_of = col.const_data_ptr<int64_t>();
  const auto* value_of = values.const_data_ptr<float>();
  std::vector<int64_t> crow(static_cast<size_t>(entries.rows) + 1, 0);
  for (int64_t i = 0; i < nnz; ++i) {
    if (row_of[i] < 0 || row_of[i] >= entries.rows) {
      throw FileError(fmt::format("{}: entry {}: expected a row below {}, found {}", path, i,
                                  entries.rows, row_of[i]));
    }
    ++crow[static_cast<size_t>(row_of[i]) + 1];
  }
  for (size_t i = 1; i < crow.size(); ++i)
    crow[i] += crow[i - 1];
  std::vector<int64_t> out_col(static_cast<size_t>(nnz));
  std::vector<float> out_values(static_cast<size_t>(nnz));
  for (int64_t i = 0; i < nnz; ++i) {
    const auto slot = static_cast<size_t>(crow[static_cast<size_t>(row_of[i])]++);
    out_col[slot] = col_of[i];
    out_values[slot] = value_of[i];
  }
  // Each row's begin has moved to its end, which is the next row's begin.
  std::copy_backward(crow.begin(), crow.end() - 1, crow.end());
  crow[0] = 0;
  Csr matrix = make_csr(entries.rows, entries.cols, std::move(crow), std::move(out_col),
                        std::move(out_values));
  check_bounds(path, matrix, "row", "column");
  return matrix;
}

}  // namespace spout
