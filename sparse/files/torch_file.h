// Files that Python's torch.load(path, weights_only=True) reads, mmap=True included, and the same
// files read back. LibTorch's own torch::save and torch::pickle_save write what torch.load refuses,
// so the pickle is emitted here, byte for byte as torch.save would, into a PyTorchStreamWriter zip.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "sparse/files/row_order.h"
#include "sparse/files/sparse_layout.h"
#include "sparse/layout/csr.h"
#include "sparse/layout/named_tensors.h"

namespace spout {

/// Further records of the archive, name and bytes, which torch.load leaves alone.
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
/// elsewhere than on the CPU, or not contiguous, are copied one at a time.
///   tensors    dense, of f32, f64, f16, bf16, i64, i32, i16, i8, u8 or bool; ValueError on others
void write_torch_tensors(const std::string& path, const NamedTensors& tensors,
                         const NamedRecords& records = {}, bool overwrite = false);

using TorchScalar = std::variant<std::monostate, bool, int64_t, double, std::string>;

/// What a file held: one tensor, or everything that nested dicts, lists and tuples hold, each under
/// its keys and indices joined by dots.
struct TorchContents {
  at::Tensor tensor;  // defined if the file is a single tensor
  NamedTensors tensors;
  std::vector<std::pair<std::string, TorchScalar>> scalars;
};

/// Reads what torch.save wrote of tensors (dense, CSR, CSC, COO), dicts, lists and plain values.
/// Nothing in the file is executed: everything else is refused by its name.
///   throws FileError; sparse tensors are checked, dense ones bounded by the bytes that are there
TorchContents read_torch_file(const std::string& path);

/// A file's dense tensors, each of which is read when it is asked for: for files as large as
/// memory.
class TorchTensors {
 public:
  /// Finds out what there is; reads no elements. Errors as read_torch_file(), and FileError on a
  /// sparse tensor.
  explicit TorchTensors(const std::string& path);
  ~TorchTensors();
  TorchTensors(TorchTensors&& other) noexcept;
  TorchTensors& operator=(TorchTensors&& other) noexcept;

  /// Names as in TorchContents, and tensors on the meta device: shapes and types alone.
  const std::map<std::string, at::Tensor>& described() const { return described_; }

  /// The tensor of that name.   throws FileError on damage, std::out_of_range where there is none
  at::Tensor read(const std::string& name) const;

  /// The same into a tensor of that shape: straight into its memory where types and strides agree.
  void read(const std::string& name, const at::Tensor& to) const;

  const std::string& path() const;

 private:
  class Source;
  std::unique_ptr<Source> source_;
  std::map<std::string, at::Tensor> described_;
};

/// A matrix of either kind: one of the two is set.
struct TorchMatrix {
  Csr sparse;
  at::Tensor dense;        // f32
  int64_t duplicates = 0;  // entries named twice, made one
};

/// Reads a single matrix, sparse in whichever layout or dense, of any type of numbers. Entries that
/// COO names twice are summed before `rule` sees them.
///   throws FileError on other contents, on values that are not finite, on what `rule` does not
///   allow
TorchMatrix read_torch_matrix(const std::string& path, NamedTwice rule = NamedTwice::kOnce);

/// The same where only a sparse one will do.
///   duplicates  (may be null) as in TorchMatrix
Csr read_torch_sparse(const std::string& path, int64_t* duplicates = nullptr);

/// The bytes of a further record of write_torch_tensors; FileError where there is none.
std::string read_torch_record(const std::string& path, const std::string& name);

}  // namespace spout
