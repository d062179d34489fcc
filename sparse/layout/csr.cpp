#include "spout/sparse/layout/csr.h"

#include <ATen/ops/_sparse_coo_tensor_unsafe.h>
#include <ATen/ops/_sparse_csr_tensor_unsafe.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "spout/sparse/base/plain_errors.h"

namespace spout {
namespace {

/// Makes a tensor that takes over the vector's memory.
template <class T>
at::Tensor adopt(std::vector<T> values) {
  auto owner = std::make_shared<std::vector<T>>(std::move(values));
  return at::from_blob(
      owner->data(), {static_cast<int64_t>(owner->size())}, [owner](void*) {},
      at::TensorOptions().dtype(c10::CppTypeToScalarType<T>::value));
}

int64_t begin_of(const Csr& matrix, int64_t row) {
  return matrix.crow.const_data_ptr<int64_t>()[row];
}

size_t length_of(const Csr& matrix, int64_t row) {
  return static_cast<size_t>(begin_of(matrix, row + 1) - begin_of(matrix, row));
}

/// check(), with torch's exceptions.
void check_with_torch(const Csr& matrix) {
  TORCH_CHECK_VALUE(matrix.rows >= 0 && matrix.cols >= 0, "csr: shape ", matrix.rows, " x ",
                    matrix.cols, " is negative");
  TORCH_CHECK_VALUE(matrix.crow.numel() == matrix.rows + 1, "csr: ", matrix.rows,
                    " rows need one row pointer more than that, found ", matrix.crow.numel());
  TORCH_CHECK_VALUE(matrix.values.numel() == matrix.nnz(), "csr: ", matrix.nnz(), " columns but ",
                    matrix.values.numel(), " values");
  const int64_t* crow = matrix.crow.const_data_ptr<int64_t>();
  const int64_t* col = matrix.col.const_data_ptr<int64_t>();
  TORCH_CHECK_VALUE(crow[0] == 0 && crow[matrix.rows] == matrix.nnz(),
                    "csr: row pointers must run from 0 to ", matrix.nnz(), ", found ", crow[0],
                    " to ", crow[matrix.rows]);
  for (int64_t row = 0; row < matrix.rows; ++row) {
    TORCH_CHECK_VALUE(crow[row] <= crow[row + 1] && crow[row + 1] <= matrix.nnz(), "csr: row ", row,
                      " ends before it begins");
    for (int64_t i = crow[row]; i < crow[row + 1]; ++i) {
      TORCH_CHECK_INDEX(col[i] >= 0 && col[i] < matrix.cols, "csr: row ", row, " names column ",
                        col[i], " of ", matrix.cols);
      TORCH_CHECK_VALUE(i == crow[row] || col[i - 1] < col[i], "csr: row ", row, " has column ",
                        col[i], " after ", col[i - 1], "; columns must ascend");
    }
  }
}

}  // namespace

std::span<const int64_t> Csr::row_columns(int64_t row) const {
  return {col.const_data_ptr<int64_t>() + begin_of(*this, row), length_of(*this, row)};
}

std::span<const float> Csr::row_values(int64_t row) const {
  return {values.const_data_ptr<float>() + begin_of(*this, row), length_of(*this, row)};
}

Csr make_csr(int64_t rows, int64_t cols, std::vector<int64_t> crow, std::vector<int64_t> col,
             std::vector<float> values) {
  return {rows, cols, adopt(std::move(crow)), adopt(std::move(col)), adopt(std::move(values))};
}

Csr empty_csr(int64_t rows, int64_t cols) {
  return {rows, cols, at::zeros({rows + 1}, at::kLong), at::empty({0}, at::kLong),
          at::empty({0}, at::kFloat)};
}

void check(const Csr& matrix) {
  with_plain_errors([&] { check_with_torch(matrix); });
}

Csr gather_rows(const Csr& matrix, std::span<const int64_t> rows) {
  const auto count = static_cast<int64_t>(rows.size());
  Csr out{count, matrix.cols, at::empty({count + 1}, at::kLong), {}, {}};
  auto* crow = out.crow.mutable_data_ptr<int64_t>();
  crow[0] = 0;
  for (int64_t i = 0; i < count; ++i) {
    crow[i + 1] = crow[i] + static_cast<int64_t>(length_of(matrix, rows[static_cast<size_t>(i)]));
  }
  out.col = at::empty({crow[count]}, at::kLong);
  out.values = at::empty({crow[count]}, at::kFloat);
  auto* col = out.col.mutable_data_ptr<int64_t>();
  auto* values = out.values.mutable_data_ptr<float>();
  for (const int64_t row : rows) {
    const auto columns = matrix.row_columns(row);
    const auto row_values = matrix.row_values(row);
    col = std::copy(columns.begin(), columns.end(), col);
    values = std::copy(row_values.begin(), row_values.end(), values);
  }
  return out;
}

at::Tensor to_torch_csr(const Csr& matrix) {
  return at::_sparse_csr_tensor_unsafe(
      matrix.crow, matrix.col, matrix.values, {matrix.rows, matrix.cols},
      at::TensorOptions().dtype(at::kFloat).layout(at::kSparseCsr));
}

at::Tensor coordinates(const Csr& matrix) {
  at::Tensor indices = at::empty({2, matrix.nnz()}, at::kLong);
  auto* row_index = indices.mutable_data_ptr<int64_t>();
  const int64_t* crow = matrix.crow.const_data_ptr<int64_t>();
  for (int64_t row = 0; row < matrix.rows; ++row) {
    std::fill(row_index + crow[row], row_index + crow[row + 1], row);
  }
  indices[1].copy_(matrix.col);
  return indices;
}

at::Tensor to_torch_coo(const Csr& matrix) {
  return at::_sparse_coo_tensor_unsafe(coordinates(matrix), matrix.values,
                                       {matrix.rows, matrix.cols},
                                       at::TensorOptions().dtype(at::kFloat), true);
}

Csr from_torch_csr(const at::Tensor& tensor) {
  with_plain_errors([&] {
    TORCH_CHECK_VALUE(tensor.layout() == at::kSparseCsr && tensor.dim() == 2,
                      "csr: expected a 2-d torch.sparse_csr tensor, found ", tensor.layout(),
                      " of ", tensor.dim(), " dimensions");
  });
  const auto plain = [](const at::Tensor& part, at::ScalarType dtype) {
    return part.to(at::kCPU, dtype).contiguous();
  };
  return {tensor.size(0), tensor.size(1), plain(tensor.crow_indices(), at::kLong),
          plain(tensor.col_indices(), at::kLong), plain(tensor.values(), at::kFloat)};
}

Csr transpose(const Csr& matrix) {
  std::vector<int64_t> crow(static_cast<size_t>(matrix.cols) + 1, 0);
  const int64_t* col = matrix.col.const_data_ptr<int64_t>();
  const float* values = matrix.values.const_data_ptr<float>();
  for (int64_t i = 0; i < matrix.nnz(); ++i)
    ++crow[static_cast<size_t>(col[i]) + 1];
  for (size_t j = 1; j < crow.size(); ++j)
    crow[j] += crow[j - 1];
  std::vector<int64_t> out_col(static_cast<size_t>(matrix.nnz()));
  std::vector<float> out_values(static_cast<size_t>(matrix.nnz()));
  for (int64_t row = 0; row < matrix.rows; ++row) {
    for (int64_t i = begin_of(matrix, row); i < begin_of(matrix, row + 1); ++i) {
      const auto slot = static_cast<size_t>(crow[static_cast<size_t>(col[i])]++);
      out_col[slot] = row;
      out_values[slot] = values[i];
    }
  }
  // Each column's begin has moved to its end, which is the next column's begin.
  std::copy_backward(crow.begin(), crow.end() - 1, crow.end());
  crow[0] = 0;
  return make_csr(matrix.cols, matrix.rows, std::move(crow), std::move(out_col),
                  std::move(out_values));
}

}  // namespace spout
