// Matrices stored as coordinates: SciPy's .npz in both of its forms, and files that lie.
#include "spout/sparse/layout/coordinates.h"

#include <ATen/ATen.h>

#include "spout/sparse/files/io/zip_archive.h"
#include "spout/sparse/files/numpy/npy.h"
#include "spout/sparse/files/numpy/npz.h"
#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;

namespace {

using Ints = std::vector<int64_t>;
using Floats = std::vector<float>;

// The parts of a COO file; with `coords` in place of row and col where that is not empty.
struct Parts {
  Ints shape = {3, 4};
  Ints row = {2, 0, 0};
  Ints col = {1, 3, 0};
  Ints coords = {};
  std::string coords_shape = "(2, 3)";
  Floats data = {0.25f, -2, 1.5f};
};

template <class T>
std::string record(const char* type, const std::string& shape, const std::vector<T>& values) {
  return npy_header(type, shape) +
         std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

template <class T>
std::string record(const char* type, const std::vector<T>& values) {
  return record(type, std::string("(").append(std::to_string(values.size())).append(",)"), values);
}

NpzMatrix read_parts(const Parts& parts) {
  TempFolder folder;
  ZipWriter zip(folder.path("p.npz"));
  zip.add("format.npy", npy_header("|S3", "()"), "coo", false);
  zip.add("shape.npy", record("<i8", parts.shape), "", false);
  if (parts.coords.empty()) {
    zip.add("row.npy", record("<i8", parts.row), "", false);
    zip.add("col.npy", record("<i8", parts.col), "", false);
  } else {
    zip.add("coords.npy", record("<i8", parts.coords_shape, parts.coords), "", false);
  }
  zip.add("data.npy", record("<f4", parts.data), "", false);
  zip.commit();
  return read_npz(folder.path("p.npz"));
}

void check_small(const NpzMatrix& read) {
  check(read.matrix);
  CHECK(read.summed == 0);
  CHECK(elements<int64_t>(read.matrix.crow) == Ints{0, 2, 2, 3});
  CHECK(elements<int64_t>(read.matrix.col) == Ints{0, 3, 1});
  CHECK(elements<float>(read.matrix.values) == Floats{1.5f, -2, 0.25f});
}

std::string index_type(int64_t rows, int64_t cols, const char* name) {
  TempFolder folder;
  write_npz(folder.path("a.npz"), empty_csr(rows, cols), SparseLayout::kCoo);
  const ZipReader zip(folder.path("a.npz"));
  const auto record = zip.open(name);
  return read_npy_header(*record).type;
}

}  // namespace

TEST_CASE("coordinates: entries in any order become ordered rows") {
  check_small(read_parts({}));
}

TEST_CASE("coordinates: SciPy's later form, one array of both, is read as well") {
  check_small(read_parts({.coords = {2, 0, 0, 1, 3, 0}}));
  CHECK_ERROR(read_parts({.coords = {2, 0, 0, 1, 3, 0}, .coords_shape = "(3, 2)"}),
              "coords.npy: expected rows and columns, found another shape");
  CHECK_ERROR(read_parts({.coords = {2, 0, 0}, .coords_shape = "(3,)"}), "found another shape");
}

TEST_CASE("coordinates: entries named twice are added up and counted, as SciPy does") {
  const NpzMatrix twice = read_parts({.row = {0, 1, 0}, .col = {3, 2, 3}, .data = {1, 1, 1}});
  check(twice.matrix);
  CHECK(twice.summed == 1);
  CHECK(elements<int64_t>(twice.matrix.col) == Ints{3, 2});
  CHECK(elements<float>(twice.matrix.values) == Floats{2, 1});
  CHECK_ERROR(read_parts({.row = {0, 1, 0}, .col = {3, 2, 3}, .data = {3e38f, 1, 3e38f}}),
              "p.npz: row 0 names column 3 twice, with values 3e+38 and 3e+38");
}

TEST_CASE("coordinates: explicit zeros stay entries") {
  CHECK(elements<float>(read_parts({.data = {0, -0.0f, 1}}).matrix.values) == Floats{1, 0, 0});
}

TEST_CASE("coordinates: indices out of range are refused with their place") {
  CHECK_ERROR(read_parts({.row = {2, 3, 0}}), "p.npz: entry 1: expected a row below 3, found 3");
  CHECK_ERROR(read_parts({.row = {2, 0, -1}}), "entry 2: expected a row below 3, found -1");
  CHECK_ERROR(read_parts({.col = {1, 4, 0}}), "row 0: expected a column below 4, found 4");
  CHECK_ERROR(read_parts({.col = {-1, 3, 0}}), "row 2: expected a column below 4, found -1");
}

TEST_CASE("coordinates: values that are not finite are refused with their place") {
  CHECK_ERROR(read_parts({.data = {0.25f, NAN, 1}}), "row 0, column 3: expected a finite value");
  CHECK_ERROR(read_parts({.data = {-INFINITY, 1, 1}}), "row 2, column 1: expected a finite value");
}

TEST_CASE("coordinates: rows, columns and values must be as many") {
  CHECK_ERROR(read_parts({.col = {1, 3}}), "as many rows, columns and values, found 3, 2 and 3");
  CHECK_ERROR(read_parts({.data = {1}}), "found 3, 3 and 1");
}

TEST_CASE("coordinates: a huge number of rows allocates nothing, of columns matters nothing") {
  CHECK_ERROR(read_parts({.shape = {int64_t{1} << 47, 4}}), "expected fewer rows for 3 entries");
  CHECK(read_parts({.shape = {3, int64_t{1} << 47}}).matrix.cols == int64_t{1} << 47);
  CHECK_ERROR(read_parts({.shape = {3, int64_t{1} << 49}}), "expected a shape");
}

TEST_CASE("coordinates: indices are written as i32 where the shape fits and as i64 beyond") {
  constexpr int64_t kLast = (int64_t{1} << 31) - 1;
  for (const char* name : {"row.npy", "col.npy"}) {
    CHECK(index_type(3, kLast, name) == "<i4");
    CHECK(index_type(3, kLast + 1, name) == "<i8");
  }
}

TEST_CASE("coordinates: random entries become what torch makes of them") {
  at::manual_seed(3);
  const at::Tensor cells = at::randperm(600).narrow(0, 0, 200);
  const at::Tensor row = at::floor_divide(cells, 30).to(at::kLong);
  const at::Tensor col = cells.remainder(30);
  const at::Tensor values = at::rand({200});
  const Csr grouped = group_by_row("a", {20, 30, row, col, values});
  const at::Tensor dense = at::zeros({20, 30}).index_put({row, col}, values);
  CHECK(to_torch_csr(grouped).to_dense().equal(dense));
}
