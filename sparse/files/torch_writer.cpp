// The writing half of torch_file.h: first the pickle, which names storages by number, then each
// storage as the record data/N, straight from the tensor's memory.
#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>
#include <caffe2/serialize/inline_container.h>

#include "sparse/files/deferred_file.h"
#include "sparse/files/error.h"
#include "sparse/files/pickle_writer.h"
#include "sparse/files/torch_file.h"
#include "sparse/files/torch_storage.h"

namespace spout {
namespace {

/// A PyTorchStreamWriter into a DeferredFile.
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

// A dense tensor that owns the whole storage `key`.
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

std::string sparse_pickle(const Csr& matrix, SparseLayout layout, at::IntArrayRef sizes) {
  const bool csc = layout == SparseLayout::kCsc;
  PickleWriter pickle;
  pickle.global("torch._utils", "_rebuild_sparse_tensor");
  pickle.mark();
  pickle.global("torch.serialization", "_get_layout");
  pickle.mark();
  pickle.text(csc ? "torch.sparse_csc" : "torch.sparse_csr");
  pickle.tuple();
  pickle.reduce();
  pickle.mark();
  put_tensor(pickle, matrix.crow, 0);
  put_tensor(pickle, matrix.col, 1);
  put_tensor(pickle, matrix.values, 2);
  pickle.global("torch", "Size");
  pickle.mark();
  put_sizes(pickle, sizes);
  pickle.tuple();
  pickle.reduce();
  pickle.tuple();
  pickle.tuple();
  pickle.reduce();
  return pickle.finish();
}

void check_writable(const NamedTensors& tensors) {
  for (const auto& [name, tensor] : tensors) {
    TORCH_CHECK_VALUE(tensor.defined() && tensor.layout() == at::kStrided,
                      "write_torch_tensors: ", name, " is not a dense tensor");
    TORCH_CHECK_VALUE(!storage_name(tensor.scalar_type()).empty(), "write_torch_tensors: ", name,
                      " has elements of type ", tensor.scalar_type());
  }
}

}  // namespace

void write_torch_sparse(const std::string& path, const Csr& matrix, SparseLayout layout,
                        bool overwrite) {
  const Csr written = layout == SparseLayout::kCsc ? transpose(matrix) : matrix;
  TorchArchive archive(path, overwrite);
  archive.add("data.pkl", sparse_pickle(written, layout, {matrix.rows, matrix.cols}));
  archive.add("byteorder", "little");
  add_storage(archive, written.crow, 0);
  add_storage(archive, written.col, 1);
  add_storage(archive, written.values, 2);
  archive.commit();
}

void write_torch_tensors(const std::string& path, const NamedTensors& tensors,
                         const NamedRecords& records, bool overwrite) {
  check_writable(tensors);
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
