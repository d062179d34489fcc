// Arrays in NumPy's format. Elements are converted block by block while they are read, so that an
// f64 or i32 array is never held beside its f32 or i64 form.
#include "spout/sparse/files/numpy/npy.h"

#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>
#include <c10/util/Half.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <type_traits>

#include "spout/sparse/base/error.h"
#include "spout/sparse/layout/dense_matrix.h"

namespace spout {
namespace {

constexpr int64_t kBlockElements = 1 << 16;
constexpr int64_t kMaxTextBytes = 1024;

// Converts an element. A u64 beyond i64 becomes the largest i64, which is out of every range too.
template <class From, class To>
To converted(From element) {
  if constexpr (std::is_same_v<From, uint64_t> && std::is_same_v<To, int64_t>) {
    return static_cast<To>(std::min(element, uint64_t{std::numeric_limits<int64_t>::max()}));
  } else {
    return static_cast<To>(element);  // NOLINT(bugprone-signed-char-misuse): an int8 is a number
  }
}

// Copies or converts `count` elements of type From.
template <class From, class To>
void read_elements(ByteSource& source, int64_t count, To* to) {
  if constexpr (std::is_same_v<From, To>) {
    source.read(to, static_cast<size_t>(count) * sizeof(To));
  } else {
    std::vector<From> block(static_cast<size_t>(std::min(count, kBlockElements)));
    for (int64_t done = 0; done < count; done += kBlockElements) {
      const auto length = static_cast<size_t>(std::min(count - done, kBlockElements));
      source.read(block.data(), length * sizeof(From));
      for (size_t i = 0; i < length; ++i) {
        to[done + static_cast<int64_t>(i)] = converted<From, To>(block[i]);
      }
    }
  }
}

using ElementReader = void (*)(ByteSource&, int64_t, void*);

template <class From, class To>
void read_erased(ByteSource& source, int64_t count, void* to) {
  read_elements<From, To>(source, count, static_cast<To*>(to));
}

// Finds the function that reads elements of `type`, such as "i8", as To; null if there is none.
template <class To>
ElementReader find_integer_reader(std::string_view type) {
  if (type == "i8") return read_erased<int64_t, To>;
  if (type == "i4") return read_erased<int32_t, To>;
  if (type == "i2") return read_erased<int16_t, To>;
  if (type == "i1") return read_erased<int8_t, To>;
  if (type == "u8") return read_erased<uint64_t, To>;
  if (type == "u4") return read_erased<uint32_t, To>;
  if (type == "u2") return read_erased<uint16_t, To>;
  if (type == "u1" || type == "b1") return read_erased<uint8_t, To>;
  return nullptr;
}

template <class To>
ElementReader find_float_reader(std::string_view type) {
  if (type == "f4") return read_erased<float, To>;
  if (type == "f8") return read_erased<double, To>;
  if (type == "f2") return read_erased<c10::Half, To>;
  return nullptr;
}

template <class To>
ElementReader find_number_reader(std::string_view type) {
  const ElementReader reader = find_float_reader<To>(type);
  return reader != nullptr ? reader : find_integer_reader<To>(type);
}

// The type of the elements that are wanted, and where to find their reader.
struct ElementType {
  at::ScalarType dtype;
  const char* what;  // for errors
  ElementReader (*find)(std::string_view);
};

// Reads the array that follows its header.
at::Tensor read_array(ByteSource& source, const NpyHeader& header, const ElementType& type) {
  const ElementReader reader = type.find(std::string_view(header.type).substr(1));
  if (reader == nullptr || header.shape.empty() || header.shape.size() > 2) {
    throw FileError(fmt::format(
        "{}: expected an array of {} with 1 or 2 dimensions, found {} with {}{}", source.name(),
        type.what, header.type, header.shape.size(), advice_for_names(header.type)));
  }
  std::vector<int64_t> shape = header.shape;
  if (header.fortran_order) std::reverse(shape.begin(), shape.end());
  at::Tensor array = at::empty(shape, type.dtype);
  reader(source, header.count, array.mutable_data_ptr());
  source.finish();
  return header.fortran_order && shape.size() == 2 ? array.t().contiguous() : array;
}

std::string shape_text(at::IntArrayRef sizes) {
  std::string text = "(";
  for (const int64_t size : sizes)
    text += fmt::format("{}, ", size);
  if (sizes.size() > 1) text.resize(text.size() - 2);
  if (sizes.size() == 1) text.pop_back();
  return text + ")";
}

std::string type_name(at::ScalarType type) {
  switch (type) {
    case at::kFloat:
      return "<f4";
    case at::kDouble:
      return "<f8";
    case at::kLong:
      return "<i8";
    case at::kInt:
      return "<i4";
    case at::kByte:
      return "|u1";
    default:
      TORCH_CHECK_VALUE(false, "npy: cannot write ", type, " elements");
  }
}

}  // namespace

at::Tensor read_npy_floats(ByteSource& source) {
  const NpyHeader header = read_npy_header(source);
  return read_array(source, header, {at::kFloat, "numbers", find_number_reader<float>});
}

at::Tensor read_npy_ints(ByteSource& source) {
  const NpyHeader header = read_npy_header(source);
  return read_array(source, header, {at::kLong, "integers", find_integer_reader<int64_t>});
}

at::Tensor read_npy_unrounded(ByteSource& source) {
  const NpyHeader header = read_npy_header(source);
  const bool real = find_float_reader<double>(std::string_view(header.type).substr(1)) != nullptr;
  if (real) return read_array(source, header, {at::kDouble, "numbers", find_float_reader<double>});
  return read_array(source, header, {at::kLong, "numbers", find_integer_reader<int64_t>});
}

std::string read_npy_text(ByteSource& source) {
  const NpyHeader header = read_npy_header(source);
  const auto bytes = source.remaining();
  const char kind = header.type[1];
  if ((kind != 'S' && kind != 'U') || header.count != 1 || bytes > kMaxTextBytes) {
    throw FileError(fmt::format("{}: expected one text, found {} elements of type {}",
                                source.name(), header.count, header.type));
  }
  std::string raw(bytes, '\0');
  source.read(raw.data(), raw.size());
  source.finish();
  // The zero bytes are padding and, in type U, the three upper bytes of each ASCII character.
  std::string text;
  for (const char c : raw) {
    if (c != '\0') text += c;
  }
  return text;
}

at::Tensor read_dense_npy(const std::string& path) {
  FileSource source(path);
  at::Tensor matrix = read_npy_floats(source);
  check_dense(path, matrix);
  return matrix;
}

std::string npy_header(const std::string& type, const std::string& shape) {
  constexpr size_t kAlignment = 64;
  constexpr size_t kPreamble = 10;  // magic, version, length
  std::string text =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}", type, shape);
  const size_t unpadded = kPreamble + text.size() + 1;
  text.append((kAlignment - unpadded % kAlignment) % kAlignment, ' ');
  text += '\n';
  std::string header("\x93NUMPY\x01\x00", 8);
  header += static_cast<char>(text.size() & 0xFF);
  header += static_cast<char>(text.size() >> 8);
  return header + text;
}

std::string npy_header(const at::Tensor& tensor) {
  return npy_header(type_name(tensor.scalar_type()), shape_text(tensor.sizes()));
}

void write_npy(const std::string& path, const at::Tensor& tensor, bool overwrite) {
  const at::Tensor plain = tensor.to(at::kCPU).contiguous();
  OutputFile file(path, overwrite);
  file.write(npy_header(plain));
  file.write(plain.const_data_ptr(), plain.nbytes());
  file.commit();
}

NpyWriter::NpyWriter(const std::string& path, at::ScalarType type, bool overwrite)
    : file_(path, overwrite), type_(type) {
  file_.write(header());
}

std::string NpyWriter::header() const {
  return npy_header(type_name(type_), shape_text(shape_));
}

void NpyWriter::append(const at::Tensor& elements) {
  TORCH_CHECK_VALUE(
      (elements.dim() == 1 || elements.dim() == 2) && elements.scalar_type() == type_ &&
          elements.is_contiguous() && elements.is_cpu(),
      "NpyWriter: expected one or two dimensions of ", type_, ", contiguous on the CPU");
  std::vector<int64_t> shape = elements.sizes().vec();
  shape.front() += size();
  const bool is_first = size() == 0;
  TORCH_CHECK_VALUE(
      is_first || std::equal(shape.begin() + 1, shape.end(), shape_.begin() + 1, shape_.end()),
      "NpyWriter: expected pieces of one width");
  file_.write(elements.const_data_ptr(), elements.nbytes());
  shape_ = std::move(shape);
}

void NpyWriter::commit() {
  file_.write_first(header());  // as long as the first one: its padding makes room for any shape
  file_.commit();
}

}  // namespace spout
