// The header is parsed with a bound on its nesting, and its keys are counted while it is parsed,
// since a parsed object keeps only the last value of a key that is named twice.
#include "spout/sparse/files/torch/safetensors.h"

#include <ATen/ops/empty.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <set>
#include <string_view>
#include <utility>

#include "spout/sparse/base/error.h"
#include "spout/sparse/files/io/input_file.h"

namespace spout {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kLengthBytes = 8;
constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // the format's own limit
constexpr size_t kMaxDimensions = 64;
constexpr int kMaxDepth = 8;
constexpr size_t kReadBytes = size_t{1} << 30;
constexpr const char* kMetadata = "__metadata__";

struct TypeName {
  std::string_view name;
  at::ScalarType type;
};

constexpr std::array<TypeName, 10> kTypes{{
    {"F64", at::kDouble},
    {"F32", at::kFloat},
    {"F16", at::kHalf},
    {"BF16", at::kBFloat16},
    {"I64", at::kLong},
    {"I32", at::kInt},
    {"I16", at::kShort},
    {"I8", at::kChar},
    {"U8", at::kByte},
    {"BOOL", at::kBool},
}};

/// The beginning of a JSON value, for errors.
std::string shown(const Json& value) {
  constexpr size_t kShown = 40;
  return value.dump(-1, ' ', /*ensure_ascii=*/true).substr(0, kShown);
}

/// Reads the descriptions of tensors in a header and checks them against the file's size.
class HeaderReader {
 public:
  HeaderReader(const std::string& path, uint64_t data_begin, uint64_t file_bytes)
      : path_(path), data_begin_(data_begin), data_bytes_(file_bytes - data_begin) {}

  std::map<std::string, TensorInfo> read(const std::string& text) {
    const Json header = parse(text);
    std::map<std::string, TensorInfo> tensors;
    for (const auto& [name, entry] : header.items()) {
      if (name == kMetadata) {
        check(entry.is_object(), "the metadata to be an object", entry);
      } else {
        tensors.emplace(name, describe(name, entry));
      }
    }
    check_coverage(tensors);
    return tensors;
  }

 private:
  [[noreturn]] void refuse(const std::string& expected, const std::string& found) const {
    throw FileError(fmt::format("{}: expected {}, found {}", path_, expected, found));
  }
  void check(bool holds, const std::string& expected, const Json& found) const {
    if (!holds) refuse(expected, shown(found));
  }

  Json parse(const std::string& text) const {
    std::set<std::string> keys;
    std::string twice;
    bool too_deep = false;
    const auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
      too_deep = too_deep || depth > kMaxDepth;
      if (event == Json::parse_event_t::key && depth == 1) {
        const auto& name = value.get_ref<const std::string&>();
        if (!keys.insert(name).second && twice.empty()) twice = name;
      }
      return !too_deep;
    };
    if (!text.starts_with('{')) refuse("a header that is a JSON object", "another file");
    Json header = Json::parse(text, watch, /*allow_exceptions=*/false);
    if (too_deep) refuse("a header of tensors' descriptions", "values in values in values");
    if (!header.is_object()) refuse("a header that is a JSON object", "broken JSON");
    if (!twice.empty()) refuse("each tensor once", shown(Json(twice)) + " twice");
    return header;
  }

  TensorInfo describe(const std::string& name, const Json& entry) const {
    const std::string shown_name = shown(Json(name));
    check(entry.is_object() && entry.contains("dtype") && entry.contains("shape") &&
              entry.contains("data_offsets"),
          fmt::format("tensor {} with dtype, shape and data_offsets", shown_name), entry);
    TensorInfo info;
    info.type = type_of(shown_name, entry["dtype"]);
    const uint64_t bytes = read_shape(shown_name, entry["shape"], info);
    const Json& offsets = entry["data_offsets"];
    check(offsets.is_array() && offsets.size() == 2 && offsets[0].is_number_unsigned() &&
              offsets[1].is_number_unsigned(),
          fmt::format("two data_offsets of tensor {}", shown_name), offsets);
    const auto begin = offsets[0].get<uint64_t>();
    const auto end = offsets[1].get<uint64_t>();
    check(begin <= end && end <= data_bytes_,
          fmt::format("data_offsets of tensor {} within {} bytes", shown_name, data_bytes_),
          offsets);
    if (end - begin != bytes) {
      refuse(fmt::format("{} bytes of tensor {}", bytes, shown_name),
             fmt::format("data_offsets of {}", end - begin));
    }
    info.begin = data_begin_ + begin;
    info.end = data_begin_ + end;
    return info;
  }

  at::ScalarType type_of(const std::string& name, const Json& dtype) const {
    std::string known;
    for (const TypeName& entry : kTypes) {
      if (dtype.is_string() && dtype.get_ref<const std::string&>() == entry.name) return entry.type;
      known += (known.empty() ? "" : ", ") + std::string(entry.name);
    }
    refuse(fmt::format("tensor {} of type {}", name, known), shown(dtype));
  }

  /// Sets the shape, and returns the bytes of so many elements.
  uint64_t read_shape(const std::string& name, const Json& shape, TensorInfo& info) const {
    const std::string expected = fmt::format("a shape of tensor {}", name);
    check(shape.is_array() && shape.size() <= kMaxDimensions, expected, shape);
    constexpr auto kMost = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
    uint64_t bytes = c10::elementSize(info.type);
    uint64_t strides = bytes;  // the same with 1 in place of 0, which must not overflow either
    for (const Json& size : shape) {
      check(size.is_number_unsigned() && size.get<uint64_t>() <= kMost, expected, shape);
      const auto count = size.get<uint64_t>();
      const uint64_t at_least_one = std::max<uint64_t>(count, 1);
      check(strides <= kMost / at_least_one, expected, shape);
      strides *= at_least_one;
      bytes *= count;
      info.shape.push_back(static_cast<int64_t>(count));
    }
    return bytes;
  }

  void check_coverage(const std::map<std::string, TensorInfo>& tensors) const {
    std::vector<std::pair<uint64_t, uint64_t>> parts;
    parts.reserve(tensors.size());
    for (const auto& [name, info] : tensors)
      parts.emplace_back(info.begin - data_begin_, info.end - data_begin_);
    std::sort(parts.begin(), parts.end());
    uint64_t covered = 0;
    for (const auto& [begin, end] : parts) {
      if (begin != covered) {
        refuse(fmt::format("a tensor that begins at byte {} of the data", covered),
               fmt::format("one that begins at byte {}", begin));
      }
      covered = end;
    }
    if (covered != data_bytes_) {
      refuse(fmt::format("{} bytes of data", covered), fmt::format("{}", data_bytes_));
    }
  }

  const std::string& path_;
  uint64_t data_begin_;
  uint64_t data_bytes_;
};

std::map<std::string, TensorInfo> read_header(const std::string& path) {
  FileSource file(path);
  const uint64_t file_bytes = file.remaining();
  std::array<unsigned char, kLengthBytes> prefix = {};
  file.read(prefix.data(), prefix.size());
  uint64_t header_bytes = 0;
  for (size_t i = prefix.size(); i > 0; --i)
    header_bytes = header_bytes << 8U | prefix[i - 1];
  constexpr std::string_view kPointer = "version ";
  if (std::equal(kPointer.begin(), kPointer.end(), prefix.begin())) {
    throw FileError(path +
                    ": expected weights, found a pointer of Git LFS to them (git lfs pull "
                    "fetches them)");
  }
  if (header_bytes > std::min(kMaxHeaderBytes, file.remaining())) {
    throw FileError(fmt::format("{}: expected a safetensors header of at most {} bytes, found {}",
                                path, std::min(kMaxHeaderBytes, file.remaining()), header_bytes));
  }
  std::string text(header_bytes, ' ');
  file.read(text.data(), text.size());
  return HeaderReader(path, kLengthBytes + header_bytes, file_bytes).read(text);
}

}  // namespace

Safetensors::Safetensors(std::string path) : path_(std::move(path)), tensors_(read_header(path_)) {
  descriptor_ = open_for_reading(path_);
}

Safetensors::~Safetensors() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Safetensors::Safetensors(Safetensors&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      tensors_(std::move(other.tensors_)) {}

std::vector<std::string> Safetensors::names() const {
  std::vector<std::string> names;
  names.reserve(tensors_.size());
  for (const auto& [name, info] : tensors_)
    names.push_back(name);
  return names;
}

const TensorInfo* Safetensors::find(const std::string& name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

at::Tensor Safetensors::read(const std::string& name) const {
  const TensorInfo* info = find(name);
  if (info == nullptr) {
    throw FileError(fmt::format("{}: expected a tensor {}, found none", path_, name));
  }
  at::Tensor tensor = at::empty(info->shape, info->type);
  auto* out = static_cast<char*>(tensor.mutable_data_ptr());
  for (uint64_t place = info->begin; place < info->end;) {
    const size_t wanted = std::min<size_t>(info->end - place, kReadBytes);
    const ssize_t got = ::pread(descriptor_, out, wanted, static_cast<off_t>(place));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw FileError(fmt::format("{}: cannot read: {}", path_, std::strerror(errno)));
    if (got == 0) {
      throw FileError(fmt::format("{}: expected {} more bytes, found 0", path_, info->end - place));
    }
    out += got;
    place += static_cast<uint64_t>(got);
  }
  if (info->type == at::kBool) {
    // A bool that is neither 0 nor 1 is undefined behaviour.
    const std::string_view bytes(static_cast<const char*>(tensor.const_data_ptr()),
                                 tensor.nbytes());
    if (std::any_of(bytes.begin(), bytes.end(), [](char c) { return c != 0 && c != 1; })) {
      throw FileError(
          fmt::format("{}: expected 0 or 1 in the BOOL tensor {}, found another", path_, name));
    }
  }
  return tensor;
}

}  // namespace spout
