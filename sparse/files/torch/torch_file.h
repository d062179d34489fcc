// Writes files that Python's torch.load(path, weights_only=True) reads, mmap=True included, and
// reads files of torch.save. LibTorch's own torch::save and torch::pickle_save write what
// torch.load refuses. So the pickle is emitted here, with the calls that torch.save emits, into the
// zip archive of a PyTorchStreamWriter.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "spout/sparse/base/named_tensors.h"
#include "spout/sparse/layout/csr.h"
#include "spout/sparse/layout/sparse_layout.h"

namespace spout {

/// Further records of the archive, with names and bytes. torch.load ignores them.
using NamedRecords = std::vector<std::pair<std::string, std::string>>;

/// Writes one torch.sparse_csr, sparse_csc or (coalesced) sparse_coo tensor, f32 values and i64
/// indices.
///   matrix     well-formed, on the CPU, of fewer than 2^63 cells (else ValueError)
///   errors as OutputFile
void write_torch_sparse(const std::string& path, const Csr& matrix,
                        SparseLayout layout = SparseLayout::kCsr, bool overwrite = false);

/// Writes one dense tensor. Types and errors as write_torch_tensors.
void write_torch_dense(const std::string& path, const at::Tensor& tensor, bool overwrite = false);

/// Writes a dict {name: tensor}, such as a state dict, straight from the tensors' memory. Tensors
/// that are not on the CPU or not contiguous are copied one at a time.
///   tensors    dense, of f32, f64, f16, bf16, i64, i32, i16, i8, u8 or bool; ValueError on others
void write_torch_tensors(const std::string& path, const NamedTensors& tensors,
                         const NamedRecords& records = {}, bool overwrite = false);

using TorchScalar = std::variant<std::monostate, bool, int64_t, double, std::string>;

/// The contents of a file: one tensor, or all values of nested dicts, lists and tuples, each under
/// its keys and indices joined by dots.
struct TorchContents {
  at::Tensor tensor;  // defined if the file is a single tensor
  NamedTensors tensors;
  std::vector<std::pair<std::string, TorchScalar>> scalars;
};

/// Reads tensors (dense, CSR, CSC, COO), dicts, lists, tuples and plain values that torch.save
/// wrote. Nothing in the file is executed, and everything else is refused by its name.
///   throws FileError; sparse tensors are validated, dense ones must fit the bytes that are there
TorchContents read_torch_file(const std::string& path);

/// A file's dense tensors, each read when it is asked for. This is for files as large as memory.
class TorchTensors {
 public:
  /// Reads the descriptions of all tensors, and no elements. Errors as read_torch_file(), and
  /// FileError on a sparse tensor.
  explicit TorchTensors(const std::string& path);
  ~TorchTensors();
  TorchTensors(TorchTensors&& other) noexcept;
  TorchTensors& operator=(TorchTensors&& other) noexcept;

  /// The tensors by name, as in TorchContents, on the meta device: shapes and types only.
  const std::map<std::string, at::Tensor>& described() const { return described_; }

  /// Reads the tensor of that name.
  ///   throws FileError on damage, std::out_of_range if there is no such tensor
  at::Tensor read(const std::string& name) const;

  /// Reads it into a tensor of the same shape, straight into its memory if types and strides agree.
  void read(const std::string& name, const at::Tensor& to) const;

  /// The bytes of a further record of write_torch_tensors(); FileError if there is none.
  std::string record(const std::string& name) const;

  const std::string& path() const;

 private:
  class Source;
  std::unique_ptr<Source> source_;
  std::map<std::string, at::Tensor> described_;
};

/// A sparse or a dense matrix. One of the two is set.
struct TorchMatrix {
  Csr sparse;
  at::Tensor dense;    // f32
  int64_t summed = 0;  // entries that were added to an earlier one of the same row and column
};

/// Reads a single matrix, dense or sparse of any layout, of any numeric type. Entries named twice
/// are added up.
///   throws FileError on other contents and on values that are not finite
TorchMatrix read_torch_matrix(const std::string& path);

/// Reads a single sparse matrix; FileError on a dense one.
///   summed  (may be null) as in TorchMatrix
Csr read_torch_sparse(const std::string& path, int64_t* summed = nullptr);

/// Reads the bytes of a further record of write_torch_tensors(); FileError if there is none.
std::string read_torch_record(const std::string& path, const std::string& name);

}  // namespace spout
