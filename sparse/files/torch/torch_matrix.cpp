// Reads one matrix from a file of torch.save, whatever its layout.
#include <algorithm>
#include <utility>

#include "spout/sparse/base/error.h"
#include "spout/sparse/files/torch/torch_file.h"
#include "spout/sparse/layout/coordinates.h"
#include "spout/sparse/layout/dense_matrix.h"
#include "spout/sparse/layout/row_order.h"

namespace spout {
namespace {

/// Makes a contiguous copy. A file may share storages between tensors, or stride through them.
at::Tensor own(const at::Tensor& part, at::ScalarType dtype) {
  return part.to(dtype).clone(at::MemoryFormat::Contiguous);
}

Csr from_compressed(const std::string& path, const at::Tensor& tensor) {
  const bool csc = tensor.layout() == at::kSparseCsc;
  Csr matrix{tensor.size(csc ? 1 : 0), tensor.size(csc ? 0 : 1),
             own(csc ? tensor.ccol_indices() : tensor.crow_indices(), at::kLong),
             own(csc ? tensor.row_indices() : tensor.col_indices(), at::kLong),
             own(tensor.values(), at::kFloat)};
  check_bounds(path, matrix, csc ? "column" : "row", csc ? "row" : "column");
  if (!csc) return matrix;
  check_empty_rows(path, matrix.cols, matrix.nnz());
  return transpose(matrix);
}

Csr from_coordinates(const std::string& path, const at::Tensor& tensor) {
  const at::Tensor indices = tensor._indices().to(at::kLong);
  return group_by_row(path, {tensor.size(0), tensor.size(1), indices.select(0, 0),
                             indices.select(0, 1), own(tensor._values(), at::kFloat)});
}

bool is_sparse_matrix(const at::Tensor& tensor) {
  return tensor.dim() == 2 && (tensor.layout() != at::kSparse || tensor.sparse_dim() == 2);
}

}  // namespace

TorchMatrix read_torch_matrix(const std::string& path) {
  const at::Tensor tensor = read_torch_file(path).tensor;
  if (!tensor.defined()) {
    throw FileError(path + ": expected one matrix, found other contents");
  }
  TorchMatrix read;
  if (tensor.layout() == at::kStrided) {
    read.dense = own(tensor, at::kFloat);
    check_dense(path, read.dense);
    return read;
  }
  if (!is_sparse_matrix(tensor) || std::max(tensor.size(0), tensor.size(1)) > kMaxDimension) {
    throw FileError(path + ": expected one sparse matrix, found another tensor");
  }
  read.sparse = tensor.layout() == at::kSparse ? from_coordinates(path, tensor)
                                               : from_compressed(path, tensor);
  read.summed = order_rows(path, read.sparse);
  return read;
}

Csr read_torch_sparse(const std::string& path, int64_t* summed) {
  TorchMatrix read = read_torch_matrix(path);
  if (read.dense.defined()) {
    throw FileError(path + ": expected one sparse matrix, found another tensor");
  }
  if (summed != nullptr) *summed = read.summed;
  return std::move(read.sparse);
}

}  // namespace spout
