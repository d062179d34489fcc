// The whole file is mapped. The tensor begins behind the header and unmaps the file at its end.
#include "spout/sparse/files/numpy/mapped_array.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "spout/sparse/base/error.h"
#include "spout/sparse/files/numpy/npy.h"

namespace spout {

at::Tensor map_npy(const std::string& path, at::ScalarType type) {
  const std::string wanted = type == at::kLong ? "<i8" : "<f4";
  FileSource source(path);
  const uint64_t file_bytes = source.remaining();
  const NpyHeader header = read_npy_header(source);
  if (header.type != wanted || header.fortran_order) {
    throw FileError(fmt::format("{}: expected an array of type {} in C order, found {}{}", path,
                                wanted, header.type,
                                header.fortran_order ? ", columns first" : ""));
  }
  if (header.count == 0) return at::empty(header.shape, type);
  const uint64_t begin = file_bytes - source.remaining();
  if (begin % c10::elementSize(type) != 0) {
    throw FileError(
        fmt::format("{}: expected a header padded as NumPy pads it, found {} bytes", path, begin));
  }
  const int descriptor = open_for_reading(path);
  void* mapped = ::mmap(nullptr, file_bytes, PROT_READ, MAP_SHARED, descriptor, 0);
  const int error = errno;
  ::close(descriptor);
  if (mapped == MAP_FAILED) {
    throw FileError(fmt::format("{}: cannot map this file: {}", path, std::strerror(error)));
  }
  return at::from_blob(
      static_cast<char*>(mapped) + begin, header.shape,
      [mapped, file_bytes](void* /*elements*/) { ::munmap(mapped, file_bytes); },
      at::TensorOptions().dtype(type));
}

}  // namespace spout
