// Reads and writes the archives of scipy.sparse.save_npz.
#include "spout/sparse/files/numpy/npz.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

#include "spout/sparse/base/error.h"
#include "spout/sparse/base/named_tensors.h"
#include "spout/sparse/files/io/zip_archive.h"
#include "spout/sparse/files/numpy/npy.h"
#include "spout/sparse/layout/coordinates.h"
#include "spout/sparse/layout/row_order.h"

namespace spout {
namespace {

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

SparseLayout read_layout(const ZipReader& archive) {
  if (!archive.has("format.npy")) {
    throw FileError(archive.path() +
                    ": expected a sparse matrix of scipy.sparse.save_npz, found no record "
                    "format.npy (numpy.savez writes other files; for names, scikit-learn's "
                    "MultiLabelBinarizer(sparse_output=True) makes such a matrix)");
  }
  const auto record = archive.open("format.npy");
  const std::string format = read_npy_text(*record);
  for (const auto& [name, layout] : kSparseLayouts) {
    if (name == format) return layout;
  }
  throw FileError(fmt::format("{}: expected a matrix in the format csr, csc or coo, found {}",
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

// Reads a COO matrix. SciPy writes row.npy and col.npy; it also reads coords.npy [2, nnz], which it
// plans to write in the future.
Csr read_coordinates(const ZipReader& archive, int64_t rows, int64_t cols) {
  Coordinates entries{rows, cols, {}, {}, read_part(archive, "data.npy", read_npy_floats)};
  if (archive.has("coords.npy")) {
    const auto record = archive.open("coords.npy");
    const at::Tensor both = read_npy_ints(*record);
    if (both.dim() != 2 || both.size(0) != 2) {
      throw FileError(record->name() + ": expected rows and columns, found another shape");
    }
    entries.row = both.select(0, 0);
    entries.col = both.select(0, 1);
  } else {
    entries.row = read_part(archive, "row.npy", read_npy_ints);
    entries.col = read_part(archive, "col.npy", read_npy_ints);
  }
  return group_by_row(archive.path(), entries);
}

std::string_view bytes_of(const at::Tensor& tensor) {
  return {static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes()};
}

struct MatrixParts {
  NamedTensors indices;  // with the names of their records
  at::Tensor values;
};

// The arrays that a file of this layout holds. Indices are i32 if all sizes fit that.
MatrixParts parts_of(const Csr& matrix, SparseLayout layout) {
  constexpr int64_t kMaxInt32 = std::numeric_limits<int32_t>::max();
  const auto narrowed = [&](const at::Tensor& indices, int64_t largest) {
    const bool fits = std::max({largest, matrix.rows, matrix.cols}) <= kMaxInt32;
    return indices.to(fits ? at::kInt : at::kLong).contiguous();
  };
  if (layout == SparseLayout::kCoo) {
    const at::Tensor both = coordinates(matrix);
    return {
        {{"row.npy", narrowed(both.select(0, 0), 0)}, {"col.npy", narrowed(both.select(0, 1), 0)}},
        matrix.values};
  }
  const Csr written = layout == SparseLayout::kCsc ? transpose(matrix) : matrix;
  return {{{"indices.npy", narrowed(written.col, matrix.nnz())},
           {"indptr.npy", narrowed(written.crow, matrix.nnz())}},
          written.values};
}

}  // namespace

NpzMatrix read_npz(const std::string& path) {
  const ZipReader archive(path);
  const SparseLayout layout = read_layout(archive);
  const auto [rows, cols] = read_shape(archive);
  NpzMatrix result;
  if (layout == SparseLayout::kCsc) {
    const Csr columns = read_compressed(archive, cols, rows);
    check_bounds(path, columns, "column", "row");
    check_empty_rows(path, rows, columns.nnz());
    result.matrix = transpose(columns);
  } else if (layout == SparseLayout::kCoo) {
    result.matrix = read_coordinates(archive, rows, cols);
  } else {
    result.matrix = read_compressed(archive, rows, cols);
    check_bounds(path, result.matrix, "row", "column");
  }
  result.summed = order_rows(path, result.matrix);
  return result;
}

void write_npz(const std::string& path, const Csr& matrix, SparseLayout layout, bool overwrite) {
  const MatrixParts parts = parts_of(matrix, layout);
  const at::Tensor values = parts.values.contiguous();
  const std::array<int64_t, 2> shape = {matrix.rows, matrix.cols};
  const std::string_view shape_bytes(reinterpret_cast<const char*>(shape.data()), sizeof(shape));
  ZipWriter archive(path, overwrite);
  for (const auto& [name, indices] : parts.indices)
    archive.add(name, npy_header(indices), bytes_of(indices), false);
  archive.add("format.npy", npy_header("|S3", "()"), layout_name(layout), false);
  archive.add("shape.npy", npy_header("<i8", "(2,)"), shape_bytes, false);
  archive.add("data.npy", npy_header(values), bytes_of(values), false);
  archive.commit();
}

}  // namespace spout
