// One matrix of a file of torch.save, whichever its layout; see torch_file.h. COO entries named
// twice are summed, as torch means them; in CSR and CSC they are as in SciPy's files.
#include <algorithm>
#include <utility>

#include "sparse/files/coordinates.h"
#include "sparse/files/dense_matrix.h"
#include "sparse/files/error.h"
#include "sparse/files/labeled_rows.h"
#include "sparse/files/row_order.h"
#include "sparse/files/torch_file.h"

namespace spout {
namespace {

/// A copy with plain strides: a file may share storages between tensors, or stride through them.
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
  const at::Tensor whole = tensor.coalesce();
  const at::Tensor indices = whole.indices().to(at::kLong);
  return group_by_row(path, {tensor.size(0), tensor.size(1), indices.select(0, 0),
                             indices.select(0, 1), own(whole.values(), at::kFloat)});
}

bool is_sparse_matrix(const at::Tensor& tensor) {
  return tensor.dim() == 2 && (tensor.layout() != at::kSparse || tensor.sparse_dim() == 2);
}

}  // namespace

TorchMatrix read_torch_matrix(const std::string& path, NamedTwice rule) {
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
  read.duplicates = order_rows(path, read.sparse, rule);
  return read;
}

Csr read_torch_sparse(const std::string& path, int64_t* duplicates) {
  TorchMatrix read = read_torch_matrix(path);
  if (read.dense.defined()) {
    throw FileError(path + ": expected one sparse matrix, found another tensor");
  }
  if (duplicates != nullptr) *duplicates = read.duplicates;
  return std::move(read.sparse);
}

}  // namespace spout
