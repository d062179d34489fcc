// The writing half of torch_file.h. First comes the pickle, which names storages by number, then
// each storage as the record data/N, straight from the tensor's memory.
#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>
#include <caffe2/serialize/inline_container.h>

#include "spout/sparse/base/error.h"
#include "spout/sparse/files/io/deferred_file.h"
#include "spout/sparse/files/torch/pickle_writer.h"
#include "spout/sparse/files/torch/torch_file.h"
#include "spout/sparse/files/torch/torch_storage.h"

namespace spout {
namespace {

/// A PyTorchStreamWriter that writes to a DeferredFile.
class TorchArchive {
 public:
  TorchArchive(const std::string& path, bool overwrite)
      : file_(path, overwrite),
        writer_([this](const void* data, size_t size) { return file_.write(data, size); }) {}

  void add(const std::string& name, const void* data, size_t size) {
    writer_.writeRecord(name, data == nullptr ? "" : data, size);
    file_.check();
  }

  void add(const std::string& name, const std::string& bytes) {
    add(name, bytes.data(), bytes.size());
  }

  void commit() {
    writer_.writeEndOfFile();
    file_.commit();
  }

 private:
  DeferredFile file_;
  caffe2::serialize::PyTorchStreamWriter writer_;
};

void put_sizes(PickleWriter& pickle, at::IntArrayRef sizes) {
  pickle.mark();
  for (const int64_t size : sizes)
    pickle.integer(size);
  pickle.tuple();
}

std::vector<int64_t> contiguous_strides(at::IntArrayRef sizes) {
  std::vector<int64_t> strides(sizes.size(), 1);
  for (size_t i = sizes.size(); i-- > 1;) {
    strides[i - 1] = strides[i] * std::max<int64_t>(sizes[i], 1);
  }
  return strides;
}

// Emits a dense tensor that owns the whole storage `key`.
void put_tensor(PickleWriter& pickle, const at::Tensor& tensor, size_t key) {
  pickle.global("torch._utils", "_rebuild_tensor_v2");
  pickle.mark();
  pickle.mark();
  pickle.text("storage");
  pickle.global("torch", storage_name(tensor.scalar_type()));
  pickle.text(std::to_string(key));
  pickle.text("cpu");
  pickle.integer(tensor.numel());
  pickle.tuple();
  pickle.persistent_id();
  pickle.integer(0);  // offset
  put_sizes(pickle, tensor.sizes());
  put_sizes(pickle, contiguous_strides(tensor.sizes()));
  pickle.boolean(false);  // requires_grad
  pickle.global("collections", "OrderedDict");
  pickle.empty_tuple();
  pickle.reduce();
  pickle.tuple();
  pickle.reduce();
}

void add_storage(TorchArchive& archive, const at::Tensor& tensor, size_t key) {
  const at::Tensor plain = tensor.detach().to(at::kCPU).contiguous();
  archive.add("data/" + std::to_string(key), plain.const_data_ptr(), plain.nbytes());
}

// The parts of a sparse tensor of this layout, in torch's order.
std::vector<at::Tensor> parts_of(const Csr& matrix, SparseLayout layout) {
  if (layout == SparseLayout::kCoo) return {coordinates(matrix), matrix.values};
  const Csr written = layout == SparseLayout::kCsc ? transpose(matrix) : matrix;
  return {written.crow, written.col, written.values};
}

std::string sparse_pickle(const std::vector<at::Tensor>& parts, SparseLayout layout,
                          at::IntArrayRef sizes) {
  PickleWriter pickle;
  pickle.global("torch._utils", "_rebuild_sparse_tensor");
  pickle.mark();
  pickle.global("torch.serialization", "_get_layout");
  pickle.mark();
  pickle.text(std::string("torch.sparse_").append(layout_name(layout)));
  pickle.tuple();
  pickle.reduce();
  pickle.mark();
  for (size_t i = 0; i < parts.size(); ++i)
    put_tensor(pickle, parts[i], i);
  pickle.global("torch", "Size");
  pickle.mark();
  put_sizes(pickle, sizes);
  pickle.tuple();
  pickle.reduce();
  if (layout == SparseLayout::kCoo) pickle.boolean(true);  // coalesced
  pickle.tuple();
  pickle.tuple();
  pickle.reduce();
  return pickle.finish();
}

void check_writable(const std::string& name, const at::Tensor& tensor) {
  TORCH_CHECK_VALUE(tensor.defined() && tensor.layout() == at::kStrided,
                    "write_torch_tensors: ", name, " is not a dense tensor");
  TORCH_CHECK_VALUE(!storage_name(tensor.scalar_type()).empty(), "write_torch_tensors: ", name,
                    " has elements of type ", tensor.scalar_type());
}

}  // namespace

void write_torch_sparse(const std::string& path, const Csr& matrix, SparseLayout layout,
                        bool overwrite) {
  int64_t cells = 0;
  TORCH_CHECK_VALUE(!__builtin_mul_overflow(matrix.rows, matrix.cols, &cells), path,
                    ": expected fewer than 2^63 cells, as torch's tensors have, found ",
                    matrix.rows, " x ", matrix.cols);
  const std::vector<at::Tensor> parts = parts_of(matrix, layout);
  TorchArchive archive(path, overwrite);
  archive.add("data.pkl", sparse_pickle(parts, layout, {matrix.rows, matrix.cols}));
  archive.add("byteorder", "little");
  for (size_t i = 0; i < parts.size(); ++i)
    add_storage(archive, parts[i], i);
  archive.commit();
}

void write_torch_dense(const std::string& path, const at::Tensor& tensor, bool overwrite) {
  check_writable("the tensor", tensor);
  PickleWriter pickle;
  put_tensor(pickle, tensor, 0);
  TorchArchive archive(path, overwrite);
  archive.add("data.pkl", pickle.finish());
  archive.add("byteorder", "little");
  add_storage(archive, tensor, 0);
  archive.commit();
}

void write_torch_tensors(const std::string& path, const NamedTensors& tensors,
                         const NamedRecords& records, bool overwrite) {
  for (const auto& [name, tensor] : tensors)
    check_writable(name, tensor);
  PickleWriter pickle;
  pickle.empty_dict();
  pickle.mark();
  for (size_t i = 0; i < tensors.size(); ++i) {
    pickle.text(tensors[i].first);
    put_tensor(pickle, tensors[i].second, i);
  }
  pickle.set_items();
  TorchArchive archive(path, overwrite);
  archive.add("data.pkl", pickle.finish());
  archive.add("byteorder", "little");
  for (size_t i = 0; i < tensors.size(); ++i)
    add_storage(archive, tensors[i].second, i);
  for (const auto& [name, bytes] : records)
    archive.add(name, bytes);
  archive.commit();
}

}  // namespace spout
