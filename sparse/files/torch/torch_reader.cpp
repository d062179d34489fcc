// The reading half of torch_file.h. The pickle says which tensors there are. Each storage is read
// once, into memory that its tensors share, and the sizes and strides of each must fit it. Or a
// storage is only described, by a tensor on the meta device, and read later.
#include <ATen/core/Tensor.h>
#include <ATen/ops/_sparse_compressed_tensor_unsafe.h>
#include <ATen/ops/_sparse_coo_tensor_unsafe.h>
#include <ATen/ops/_validate_sparse_coo_tensor_args.h>
#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "spout/sparse/base/error.h"
#include "spout/sparse/base/numbers.h"
#include "spout/sparse/files/io/zip_archive.h"
#include "spout/sparse/files/torch/pickle_reader.h"
#include "spout/sparse/files/torch/torch_file.h"
#include "spout/sparse/files/torch/torch_storage.h"

namespace spout {
namespace {

using Arguments = PickleReader::Arguments;

constexpr uint64_t kMaxPickleBytes = uint64_t{1} << 24;
constexpr uint64_t kMaxRecordBytes = uint64_t{1} << 20;
constexpr std::string_view kPickleRecord = "data.pkl";

// Finds the folder within the archive, which torch.save names after the file; every record name
// begins with it.
std::string find_prefix(const ZipReader& archive) {
  for (const std::string& name : archive.names()) {
    if (name == kPickleRecord || name.ends_with("/data.pkl")) {
      return name.substr(0, name.size() - kPickleRecord.size());
    }
  }
  throw FileError(archive.path() +
                  ": expected a file of torch.save, found a zip archive without "
                  "data.pkl");
}

// Fills a contiguous tensor with the bytes of a record of the same size.
void read_all(ByteSource& record, const at::Tensor& flat) {
  record.read(flat.mutable_data_ptr(), flat.nbytes());
  record.finish();
}

/// The values in the pickle of a file, tensors included.
class TorchObjects {
 public:
  /// Opens the file.
  ///   device  at::kCPU: tensors are read with their elements; at::kMeta: they are described only
  TorchObjects(const std::string& path, c10::DeviceType device)
      : archive_(path), prefix_(find_prefix(archive_)), device_(device) {
    const std::string order = prefix_ + "byteorder";
    if (archive_.has(order) && archive_.read(order, kMaxRecordBytes) != "little") {
      throw FileError(path + ": expected little-endian numbers, found others");
    }
    pickle_ = archive_.read(prefix_ + std::string(kPickleRecord), kMaxPickleBytes);
    reader_.emplace(
        path, pickle_,
        [this](const std::string& global, const Arguments& args) { return call(global, args); },
        [this](const Arguments& id) { return load(id); });
  }

  const PickleValue& root() { return reader_->run(); }

  /// Opens the storage of a tensor that was described here.
  std::unique_ptr<ByteSource> open_storage_of(const at::Tensor& described) const {
    const auto* storage = described.storage().unsafeGetStorageImpl();
    const auto found = std::find_if(storages_.begin(), storages_.end(), [&](const auto& item) {
      return item.second.storage().unsafeGetStorageImpl() == storage;
    });
    return open_storage(found->first);
  }

  const std::string& path() const { return archive_.path(); }
  std::string record(const std::string& name) const {
    return archive_.read(prefix_ + name, kMaxRecordBytes);
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw FileError(fmt::format("{}: expected tensors, dicts, lists and plain values, found {}",
                                archive_.path(), what));
  }

  const PickleValue& argument(const Arguments& args, size_t i, PickleKind kind) const {
    if (i >= args.size() || args[i]->kind != kind) refuse("a tensor with a wrong description");
    return *args[i];
  }

  // Makes a storage from ("storage", type, key, device, elements).
  PickleValue load(const Arguments& id) const {
    const PickleValue& global = argument(id, 1, PickleKind::kGlobal);
    const std::string_view name = global.text;
    constexpr std::string_view kModule = "torch ";
    const auto type =
        name.starts_with(kModule) ? storage_type(name.substr(kModule.size())) : std::nullopt;
    if (!type || argument(id, 0, PickleKind::kText).text != "storage") {
      refuse("the storage " + in_quotes(name));
    }
    PickleValue storage;
    storage.kind = PickleKind::kStorage;
    storage.text = argument(id, 2, PickleKind::kText).text.substr(0, 40);
    storage.integer = argument(id, 4, PickleKind::kInt).integer;
    storage.type = *type;
    return storage;
  }

  PickleValue call(const std::string& global, const Arguments& args) {
    PickleValue result;
    if (global == "collections OrderedDict" && args.empty()) {
      result.kind = PickleKind::kDict;
    } else if (global == "torch Size") {
      sizes(args, 0);  // throws unless the tuple is a shape
      result = argument(args, 0, PickleKind::kTuple);
    } else if (global == "torch.serialization _get_layout") {
      result.kind = PickleKind::kText;
      result.text = argument(args, 0, PickleKind::kText).text.substr(0, 40);
    } else if (global == "torch._utils _rebuild_parameter") {
      result = argument(args, 0, PickleKind::kTensor);
    } else if (global == "torch._utils _rebuild_tensor_v2") {
      result.kind = PickleKind::kTensor;
      result.tensor = dense(args);
    } else if (global == "torch._utils _rebuild_sparse_tensor") {
      result.kind = PickleKind::kTensor;
      result.tensor = sparse(args);
    } else {
      refuse("a call of " + in_quotes(global));
    }
    return result;
  }

  std::vector<int64_t> sizes(const Arguments& args, size_t i) const {
    constexpr size_t kMaxDimensions = 64;
    if (argument(args, i, PickleKind::kTuple).items.size() > kMaxDimensions) {
      refuse("a tensor of more than 64 dimensions");
    }
    std::vector<int64_t> result;
    for (const PickleValue* item : argument(args, i, PickleKind::kTuple).items) {
      if (item->kind != PickleKind::kInt || item->integer < 0) refuse("a negative size");
      result.push_back(item->integer);
    }
    return result;
  }

  std::unique_ptr<ByteSource> open_storage(const std::string& key) const {
    return archive_.open(prefix_ + "data/" + key);
  }

  // Returns a storage's elements as a flat tensor. The record must have as many as are declared.
  const at::Tensor& elements(const PickleValue& storage) {
    const auto [found, added] = storages_.try_emplace(storage.text);
    at::Tensor& flat = found->second;
    if (added) {
      const auto record = open_storage(storage.text);
      const uint64_t bytes = record->remaining();
      const uint64_t width = c10::elementSize(storage.type);
      if (storage.integer < 0 || bytes % width != 0 ||
          bytes / width != static_cast<uint64_t>(storage.integer)) {
        throw FileError(fmt::format("{}: expected {} elements of {} bytes, found {} bytes",
                                    record->name(), storage.integer, width, bytes));
      }
      flat = at::empty({storage.integer}, at::TensorOptions(device_).dtype(storage.type));
      if (device_ == at::kCPU) read_all(*record, flat);
    }
    if (flat.scalar_type() != storage.type) refuse("a storage of two types");
    return flat;
  }

  // Makes a dense tensor from (storage, offset, size, stride, requires_grad, hooks, ...).
  at::Tensor dense(const Arguments& args) {
    const PickleValue& storage = argument(args, 0, PickleKind::kStorage);
    const int64_t offset = argument(args, 1, PickleKind::kInt).integer;
    const std::vector<int64_t> shape = sizes(args, 2);
    const std::vector<int64_t> strides = sizes(args, 3);
    const at::Tensor& flat = elements(storage);
    bool fits = offset >= 0 && shape.size() == strides.size();
    // The offset of an empty tensor is ignored: torch itself saves one at 1 in an empty storage.
    const bool empty = std::find(shape.begin(), shape.end(), 0) != shape.end();
    int64_t last = empty ? 0 : offset;
    // Elements are counted too: with strides of 0, a few bytes could stand for any number of them.
    int64_t count = 1;
    for (size_t i = 0; fits && i < shape.size(); ++i) {
      int64_t reach = 0;
      fits = !__builtin_mul_overflow(std::max<int64_t>(shape[i] - 1, 0), strides[i], &reach) &&
             !__builtin_add_overflow(last, reach, &last) &&
             !__builtin_mul_overflow(std::max<int64_t>(shape[i], 1), count, &count);
    }
    if (!fits || (!empty && std::max(last, count - 1) >= flat.numel())) {
      refuse("a tensor larger than its storage");
    }
    return flat.as_strided(shape, strides, empty ? 0 : offset);
  }

  // Refuses parts that do not fit each other. The order of columns is for the reader to settle.
  void check_compressed(const at::Tensor& pointers, const at::Tensor& indices,
                        const at::Tensor& values, int64_t lines) const {
    const auto fits = [](const at::Tensor& part, bool integers) {
      return part.dim() == 1 && (!integers || at::isIntegralType(part.scalar_type(), false));
    };
    if (!fits(pointers, true) || !fits(indices, true) || !fits(values, false) ||
        pointers.numel() != lines + 1 || indices.numel() != values.numel()) {
      refuse("a sparse matrix whose parts do not fit each other");
    }
  }

  // Makes a sparse tensor from (layout, parts). The parts are pointers, indices, values and size
  // for CSR and CSC; indices, values, size and whether it is coalesced for COO.
  at::Tensor sparse(const Arguments& args) const {
    if (device_ == at::kMeta) refuse("a sparse tensor");
    const std::string& layout = argument(args, 0, PickleKind::kText).text;
    const Arguments& parts = argument(args, 1, PickleKind::kTuple).items;
    const bool coo = layout == "torch.sparse_coo";
    if (!coo && layout != "torch.sparse_csr" && layout != "torch.sparse_csc") {
      refuse("the layout " + in_quotes(layout));
    }
    const auto tensor = [&](size_t i) {
      const at::Tensor& part = argument(parts, i, PickleKind::kTensor).tensor;
      if (part.layout() != at::kStrided) refuse("a sparse tensor of sparse parts");
      return part;
    };
    const std::vector<int64_t> shape = sizes(parts, coo ? 2 : 3);
    try {
      if (coo) {
        const bool coalesced = parts.size() > 3 && parts[3]->integer != 0;
        at::_validate_sparse_coo_tensor_args(tensor(0), tensor(1), shape, coalesced);
        return at::_sparse_coo_tensor_unsafe(tensor(0), tensor(1), shape, tensor(1).options(),
                                             coalesced);
      }
      const at::Layout kind = layout == "torch.sparse_csr" ? at::kSparseCsr : at::kSparseCsc;
      if (shape.size() != 2) refuse("a sparse tensor that is no matrix");
      check_compressed(tensor(0), tensor(1), tensor(2), shape[kind == at::kSparseCsr ? 0 : 1]);
      return at::_sparse_compressed_tensor_unsafe(tensor(0), tensor(1), tensor(2), shape,
                                                  tensor(2).options().layout(kind));
    } catch (const c10::Error& error) {
      refuse(fmt::format("a {} tensor that is not valid ({})", layout,
                         error.what_without_backtrace()));
    }
  }

  ZipReader archive_;
  std::string prefix_;
  c10::DeviceType device_;
  std::string pickle_;
  std::map<std::string, at::Tensor> storages_;
  std::optional<PickleReader> reader_;
};

// Copies the pickle's values out under their joined names.
class Flattener {
 public:
  Flattener(const std::string& path, TorchContents& contents) : path_(path), contents_(contents) {}

  void add(const std::string& name, const PickleValue& value, int depth) {
    constexpr int kMaxDepth = 32;
    constexpr int64_t kMaxValues = 1 << 22;
    if (depth > kMaxDepth || ++num_values_ > kMaxValues) {
      throw FileError(path_ + ": expected at most 32 nested containers, found more");
    }
    count_text(name);
    switch (value.kind) {
      case PickleKind::kTensor:
        contents_.tensors.emplace_back(name, value.tensor);
        return;
      case PickleKind::kTuple:
      case PickleKind::kList:
        for (size_t i = 0; i < value.items.size(); ++i) {
          add(joined(name, std::to_string(i)), *value.items[i], depth + 1);
        }
        return;
      case PickleKind::kDict:
        for (size_t i = 0; i + 1 < value.items.size(); i += 2) {
          add(joined(name, key_text(*value.items[i])), *value.items[i + 1], depth + 1);
        }
        return;
      default:
        contents_.scalars.emplace_back(name, scalar(value));
    }
  }

 private:
  // Limits the texts in total: a text may be in the pickle once and be referred to very often.
  void count_text(const std::string& text) {
    constexpr size_t kMaxTextBytes = size_t{1} << 26;
    text_bytes_ += text.size();
    if (text_bytes_ > kMaxTextBytes) {
      throw FileError(path_ + ": expected at most 64 MiB of names and texts, found more");
    }
  }

  static std::string joined(const std::string& name, const std::string& key) {
    return name.empty() ? key : name + "." + key;
  }

  std::string key_text(const PickleValue& key) const {
    if (key.kind == PickleKind::kText) return key.text;
    if (key.kind == PickleKind::kInt) return std::to_string(key.integer);
    throw FileError(path_ + ": expected keys that are texts or integers, found others");
  }

  TorchScalar scalar(const PickleValue& value) {
    switch (value.kind) {
      case PickleKind::kNone:
        return std::monostate();
      case PickleKind::kBool:
        return value.integer != 0;
      case PickleKind::kInt:
        return value.integer;
      case PickleKind::kFloat:
        return value.number;
      case PickleKind::kText:
        count_text(value.text);
        return value.text;
      default:
        throw FileError(path_ + ": expected plain values, found " + in_quotes(value.text));
    }
  }

  const std::string& path_;
  TorchContents& contents_;
  int64_t num_values_ = 0;
  size_t text_bytes_ = 0;
};

TorchContents contents_of(TorchObjects& objects) {
  const PickleValue& root = objects.root();
  TorchContents contents;
  if (root.kind == PickleKind::kTensor) {
    contents.tensor = root.tensor;
  } else {
    Flattener(objects.path(), contents).add("", root, 0);
  }
  return contents;
}

}  // namespace

TorchContents read_torch_file(const std::string& path) {
  TorchObjects objects(path, at::kCPU);
  return contents_of(objects);
}

class TorchTensors::Source : public TorchObjects {
 public:
  using TorchObjects::TorchObjects;
};

TorchTensors::TorchTensors(const std::string& path)
    : source_(std::make_unique<Source>(path, at::kMeta)) {
  NamedTensors tensors = contents_of(*source_).tensors;
  described_ = {tensors.begin(), tensors.end()};
}

TorchTensors::~TorchTensors() = default;
TorchTensors::TorchTensors(TorchTensors&& other) noexcept = default;
TorchTensors& TorchTensors::operator=(TorchTensors&& other) noexcept = default;

const std::string& TorchTensors::path() const {
  return source_->path();
}

std::string TorchTensors::record(const std::string& name) const {
  return source_->record(name);
}

at::Tensor TorchTensors::read(const std::string& name) const {
  const at::Tensor& described = described_.at(name);
  const auto record = source_->open_storage_of(described);
  const auto elements = static_cast<int64_t>(record->remaining() / described.element_size());
  const at::Tensor flat = at::empty({elements}, described.scalar_type());
  read_all(*record, flat);
  return flat.as_strided(described.sizes(), described.strides(), described.storage_offset());
}

void TorchTensors::read(const std::string& name, const at::Tensor& to) const {
  const at::Tensor& described = described_.at(name);
  TORCH_CHECK_VALUE(to.sizes() == described.sizes(), "TorchTensors: '", name, "' is ",
                    described.sizes(), ", not ", to.sizes());
  const auto record = source_->open_storage_of(described);
  const bool fits = to.is_cpu() && to.scalar_type() == described.scalar_type() &&
                    to.is_contiguous() && described.is_contiguous() &&
                    record->remaining() == to.nbytes();
  if (fits) {
    read_all(*record, to);
  } else {
    to.copy_(read(name));
  }
}

std::string read_torch_record(const std::string& path, const std::string& name) {
  const ZipReader archive(path);
  return archive.read(find_prefix(archive) + name, kMaxRecordBytes);
}

}  // namespace spout
