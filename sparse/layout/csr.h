// A sparse matrix in compressed rows (CSR), the one layout in which spout keeps data and results.
// Plain data over torch tensors, so that a batch, a file writer and torch.sparse_csr share memory.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

namespace spout {

/// rows x cols matrix: row i holds col[crow[i] .. crow[i+1]) and the values beside them.
/// Well-formed (see check) means: columns ascending and unique within a row, and in [0, cols).
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

/// Takes over the three vectors without a copy.
///   crow [rows + 1], col [nnz], values [nnz]
Csr make_csr(int64_t rows, int64_t cols, std::vector<int64_t> crow, std::vector<int64_t> col,
             std::vector<float> values);

/// An all-zero matrix.
Csr empty_csr(int64_t rows, int64_t cols);

/// Throws ValueError (shape, order, duplicates) or IndexError (column out of range), naming the
/// row.
void check(const Csr& matrix);

/// The rows named, in that order, as a matrix of their own.
///   rows [m] indices in [0, matrix.rows)
Csr gather_rows(const Csr& matrix, std::span<const int64_t> rows);

/// torch.sparse_csr tensor that shares the memory of `matrix`; no check is run again.
at::Tensor to_torch_csr(const Csr& matrix);

/// Row and column of every entry, in their order.
///   returns [2, nnz] i64
at::Tensor coordinates(const Csr& matrix);

/// Coalesced torch sparse COO tensor [rows, cols]; values are shared, indices made (never a dense
/// one).
at::Tensor to_torch_coo(const Csr& matrix);

/// The reverse of to_torch_csr, for a torch.sparse_csr tensor on any device.
Csr from_torch_csr(const at::Tensor& tensor);

/// The transpose, in linear time: row j of the result lists the rows of `matrix` that hold column
/// j.
Csr transpose(const Csr& matrix);

}  // namespace spout
