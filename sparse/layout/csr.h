// A sparse matrix in compressed rows (CSR), the one layout in which spout keeps data and results.
// Its arrays are torch tensors, so that a batch, a file writer and torch.sparse_csr share memory.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

namespace spout {

/// The most rows or columns that a file may claim, so that sums of sizes cannot overflow.
inline constexpr int64_t kMaxDimension = int64_t{1} << 48;

/// A rows x cols matrix: row i holds the columns col[crow[i] .. crow[i+1]) and the values beside
/// them. It is well-formed if the columns of each row ascend, are unique, and lie in [0, cols).
struct Csr {
  int64_t rows = 0;
  int64_t cols = 0;
  at::Tensor crow;    // [rows + 1] i64, on the CPU
  at::Tensor col;     // [nnz] i64
  at::Tensor values;  // [nnz] f32

  int64_t nnz() const { return col.defined() ? col.numel() : 0; }
  std::span<const int64_t> row_columns(int64_t row) const;
  std::span<const float> row_values(int64_t row) const;
};

/// Makes a matrix that takes over the three vectors without a copy.
///   crow [rows + 1], col [nnz], values [nnz]
Csr make_csr(int64_t rows, int64_t cols, std::vector<int64_t> crow, std::vector<int64_t> col,
             std::vector<float> values);

/// Makes a matrix without entries.
Csr empty_csr(int64_t rows, int64_t cols);

/// Checks that a matrix is well-formed.
///   throws ValueError on sizes, order and duplicates, IndexError on a column out of range
void check(const Csr& matrix);

/// Copies the given rows, in the given order, into a matrix of their own.
///   rows [m] indices in [0, matrix.rows)
Csr gather_rows(const Csr& matrix, std::span<const int64_t> rows);

/// Makes a torch.sparse_csr tensor that shares the memory of `matrix`. Nothing is checked again.
at::Tensor to_torch_csr(const Csr& matrix);

/// Lists the row and column of every entry, in the order of the entries.
///   returns [2, nnz] i64
at::Tensor coordinates(const Csr& matrix);

/// Makes a coalesced torch sparse COO tensor [rows, cols] that shares the values of `matrix`.
at::Tensor to_torch_coo(const Csr& matrix);

/// Makes a matrix on the CPU from a torch.sparse_csr tensor of any device; the inverse of
/// to_torch_csr().
Csr from_torch_csr(const at::Tensor& tensor);

/// Transposes in linear time: row j of the result lists the rows of `matrix` that hold column j.
Csr transpose(const Csr& matrix);

}  // namespace spout
