// SciPy's sparse matrices; see the header.
#include "sparse/files/npz.h"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <string_view>

#include "sparse/files/error.h"
#include "sparse/files/labeled_rows.h"
#include "sparse/files/npy.h"
#include "sparse/files/row_order.h"
#include "sparse/files/zip_archive.h"

namespace spout {
namespace {

// Rows that a CSC file may have beyond its entries: they cost memory, but no bytes in the file.
constexpr int64_t kMaxEmptyRows = int64_t{1} << 28;

at::Tensor read_part(const ZipReader& archive, const char* name, at::Tensor (*read)(ByteSource&)) {
  const auto record = archive.open(name);
  at::Tensor part = read(*record);
  if (part.dim() != 1) {
    throw FileError(fmt::format("{}: expected 1 dimension, found {}", record->name(), part.dim()));
  }
  return part;
}

std::array<int64_t, 2> read_shape(const ZipReader& archive) {
  const at::Tensor shape = read_part(archive, "shape.npy", read_npy_ints);
  if (shape.numel() != 2) {
    throw FileError(
        fmt::format("{}: expected a matrix, found {} dimensions", archive.path(), shape.numel()));
  }
  const auto* sizes = shape.const_data_ptr<int64_t>();
  for (const int64_t size : {sizes[0], sizes[1]}) {
    if (size < 0 || size > kMaxDimension) {
      throw FileError(
          fmt::format("{}: expected a shape, found {} x {}", archive.path(), sizes[0], sizes[1]));
    }
  }
  return {sizes[0], sizes[1]};
}

bool read_is_csc(const ZipReader& archive) {
  if (!archive.has("format.npy")) {
    throw FileError(archive.path() +
                    ": expected a matrix from scipy.sparse.save_npz, found no "
                    "record format.npy");
  }
  const auto record = archive.open("format.npy");
  const std::string format = read_npy_text(*record);
  if (format == "csr" || format == "csc") return format == "csc";
  throw FileError(fmt::format("{}: expected a matrix in the format csr or csc, found {}",
                              archive.path(), format));
}

Csr read_compressed(const ZipReader& archive, int64_t rows, int64_t cols) {
  Csr matrix{rows, cols, read_part(archive, "indptr.npy", read_npy_ints),
             read_part(archive, "indices.npy", read_npy_ints),
             read_part(archive, "data.npy", read_npy_floats)};
  if (matrix.crow.numel() != rows + 1) {
    throw FileError(fmt::format("{}: expected {} elements in indptr, found {}", archive.path(),
                                rows + 1, matrix.crow.numel()));
  }
  if (matrix.col.numel() != matrix.values.numel()) {
    throw FileError(fmt::format("{}: expected as many values as indices, found {} and {}",
                                archive.path(), matrix.values.numel(), matrix.col.numel()));
  }
  return matrix;
}

std::string_view bytes_of(const at::Tensor& tensor) {
  return {static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes()};
}

}  // namespace

NpzMatrix read_npz(const std::string& path) {
  const ZipReader archive(path);
  const bool csc = read_is_csc(archive);
  const auto [rows, cols] = read_shape(archive);
  NpzMatrix result;
  if (csc) {
    const Csr columns = read_compressed(archive, cols, rows);
    check_bounds(path, columns, "column", "row");
    if (rows - kMaxEmptyRows > columns.nnz()) {
      throw FileError(fmt::format("{}: expected fewer rows for {} entries, found {}", path,
                                  columns.nnz(), rows));
    }
    result.matrix = transpose(columns);
  } else {
    result.matrix = read_compressed(archive, rows, cols);
    check_bounds(path, result.matrix, "row", "column");
  }
  result.duplicates = order_rows(path, result.matrix);
  return result;
}

void write_npz(const std::string& path, const Csr& matrix, SparseLayout layout, bool overwrite) {
  const bool csc = layout == SparseLayout::kCsc;
  const Csr written = csc ? transpose(matrix) : matrix;
  constexpr int64_t kMaxInt32 = std::numeric_limits<int32_t>::max();
  const bool narrow = std::max({matrix.nnz(), matrix.rows, matrix.cols}) <= kMaxInt32;
  const at::ScalarType index_type = narrow ? at::kInt : at::kLong;
  const at::Tensor indices = written.col.to(index_type).contiguous();
  const at::Tensor pointers = written.crow.to(index_type).contiguous();
  const at::Tensor values = written.values.contiguous();
  const std::array<int64_t, 2> shape = {matrix.rows, matrix.cols};
  const std::string_view shape_bytes(reinterpret_cast<const char*>(shape.data()), sizeof(shape));
  ZipWriter archive(path, overwrite);
  archive.add("indices.npy", npy_header(indices), bytes_of(indices), false);
  archive.add("indptr.npy", npy_header(pointers), bytes_of(pointers), false);
  archive.add("format.npy", npy_header("|S3", "()"), csc ? "csc" : "csr", false);
  archive.add("shape.npy", npy_header("<i8", "(2,)"), shape_bytes, false);
  archive.add("data.npy", npy_header(values), bytes_of(values), false);
  archive.commit();
}

}  // namespace spout
