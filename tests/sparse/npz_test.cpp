// SciPy's .npz and NumPy's .npy: round trips, every layout and type, and files that lie.
#include "spout/sparse/files/numpy/npz.h"

#include "spout/sparse/files/io/zip_archive.h"
#include "spout/sparse/files/numpy/npy.h"
#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;

namespace {

using Ints = std::vector<int64_t>;
using Floats = std::vector<float>;

Csr small_matrix() {
  return make_csr(3, 4, {0, 2, 2, 3}, {0, 3, 1}, {1.5f, -2, 0.25f});
}

bool same(const Csr& a, const Csr& b) {
  return a.rows == b.rows && a.cols == b.cols && a.crow.equal(b.crow) && a.col.equal(b.col) &&
         a.values.equal(b.values);
}

// The parts of a matrix file, each with its type, shape and bytes.
struct Parts {
  std::string format = "csr";
  Ints shape = {3, 4};
  Ints indptr = {0, 2, 2, 3};
  Ints indices = {0, 3, 1};
  Floats data = {1.5f, -2, 0.25f};
};

template <class T>
std::string_view bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

std::string one_dimension(size_t size) {
  return std::string("(").append(std::to_string(size)).append(",)");
}

std::string write_parts(const TempFolder& folder, const Parts& parts, bool deflate = false) {
  ZipWriter zip(folder.path("p.npz"), true);
  zip.add("format.npy", npy_header("|S3", "()"), parts.format, deflate);
  const auto add_ints = [&](const char* name, const Ints& values) {
    zip.add(name, npy_header("<i8", one_dimension(values.size())), bytes_of(values), deflate);
  };
  add_ints("shape.npy", parts.shape);
  add_ints("indptr.npy", parts.indptr);
  add_ints("indices.npy", parts.indices);
  zip.add("data.npy", npy_header("<f4", one_dimension(parts.data.size())), bytes_of(parts.data),
          deflate);
  zip.commit();
  return folder.path("p.npz");
}

NpzMatrix read_parts(const Parts& parts) {
  TempFolder folder;
  return read_npz(write_parts(folder, parts));
}

at::Tensor floats_from(const std::string& bytes) {
  MemorySource source("a.npy", bytes);
  return read_npy_floats(source);
}

template <class T>
std::string npy(const char* type, const char* shape, const std::vector<T>& values) {
  return npy_header(type, shape) + std::string(bytes_of(values));
}

}  // namespace

TEST_CASE("npz: a matrix reads back as it was written, in every layout") {
  TempFolder folder;
  for (const auto& [name, layout] : kSparseLayouts) {
    INFO(name);
    const std::string path = folder.path("a.npz");
    write_npz(path, small_matrix(), layout, true);
    CHECK(same(read_npz(path).matrix, small_matrix()));
  }
}

TEST_CASE("npz: the same matrix gives the same bytes") {
  TempFolder folder;
  write_npz(folder.path("a.npz"), small_matrix());
  write_npz(folder.path("b.npz"), small_matrix());
  CHECK(read_bytes(folder.path("a.npz")) == read_bytes(folder.path("b.npz")));
}

TEST_CASE("npz: empty matrices survive, in every direction") {
  TempFolder folder;
  for (const auto& [rows, cols] : {std::pair{0, 0}, {0, 5}, {5, 0}, {3, 4}}) {
    for (const auto& [name, layout] : kSparseLayouts) {
      INFO(name);
      write_npz(folder.path("a.npz"), empty_csr(rows, cols), layout, true);
      CHECK(same(read_npz(folder.path("a.npz")).matrix, empty_csr(rows, cols)));
    }
  }
}

TEST_CASE("npz: indices are i32 where the shape fits and i64 beyond") {
  TempFolder folder;
  const auto index_type = [&](int64_t cols) {
    write_npz(folder.path("a.npz"), make_csr(1, cols, {0, 1}, {cols - 1}, {1}), SparseLayout::kCsr,
              true);
    const ZipReader zip(folder.path("a.npz"));
    const auto record = zip.open("indices.npy");
    return read_npy_header(*record).type;
  };
  CHECK(index_type((int64_t{1} << 31) - 1) == "<i4");
  CHECK(index_type(int64_t{1} << 31) == "<i8");
  CHECK(elements<int64_t>(read_npz(folder.path("a.npz")).matrix.col) ==
        Ints{(int64_t{1} << 31) - 1});
}

TEST_CASE("npz: deflated records are read") {
  TempFolder folder;
  CHECK(same(read_npz(write_parts(folder, {}, true)).matrix, small_matrix()));
}

TEST_CASE("npz: unsorted columns are sorted, values with them") {
  const Csr matrix = read_parts({.indices = {3, 0, 1}}).matrix;
  check(matrix);
  CHECK(elements<int64_t>(matrix.col) == Ints{0, 3, 1});
  CHECK(elements<float>(matrix.values) == Floats{-2, 1.5f, 0.25f});
}

TEST_CASE("npz: entries named twice are added up and counted, as SciPy does") {
  const NpzMatrix result = read_parts({.indices = {3, 3, 1}, .data = {1, 2.5f, 1}});
  check(result.matrix);
  CHECK(result.summed == 1);
  CHECK(elements<int64_t>(result.matrix.crow) == Ints{0, 1, 1, 2});
  CHECK(elements<float>(result.matrix.values) == Floats{3.5f, 1});
}

TEST_CASE("npz: indices out of range are refused with their row") {
  CHECK_ERROR(read_parts({.indices = {0, 4, 1}}), "row 0: expected a column below 4, found 4");
  CHECK_ERROR(read_parts({.indices = {0, 3, -1}}), "row 2: expected a column below 4, found -1");
  CHECK_ERROR(read_parts({.format = "csc", .shape = {4, 3}, .indices = {0, 4, 1}}),
              "column 0: expected a row below 4, found 4");
}

TEST_CASE("npz: values that are not finite are refused with their place") {
  CHECK_ERROR(read_parts({.data = {1, NAN, 1}}), "row 0, column 3: expected a finite value");
  CHECK_ERROR(read_parts({.data = {1, 1, INFINITY}}), "row 2, column 1: expected a finite value");
}

TEST_CASE("npz: pointers that fall, jump or do not fit are refused") {
  CHECK_ERROR(read_parts({.indptr = {0, 2, 1, 3}}), "row 1: expected an end of 2 to 3, found 1");
  CHECK_ERROR(read_parts({.indptr = {0, 9, 2, 3}}), "row 0: expected an end of 0 to 3, found 9");
  CHECK_ERROR(read_parts({.indptr = {1, 2, 2, 3}}), "expected row pointers from 0 to 3");
  CHECK_ERROR(read_parts({.indptr = {0, 2, 2, 9}}), "expected row pointers from 0 to 3");
  CHECK_ERROR(read_parts({.indptr = {0, 3}}), "expected 4 elements in indptr, found 2");
}

TEST_CASE("npz: values and indices must be as many") {
  CHECK_ERROR(read_parts({.data = {1, 2}}), "expected as many values as indices, found 2 and 3");
}

TEST_CASE("npz: other formats and shapes are refused by name") {
  CHECK_ERROR(read_parts({.format = "bsr"}), "in the format csr, csc or coo, found bsr");
  CHECK_ERROR(read_parts({.shape = {3, 4, 5}}), "expected a matrix, found 3 dimensions");
  CHECK_ERROR(read_parts({.shape = {-3, 4}}), "expected a shape, found -3 x 4");
}

TEST_CASE("npz: a huge shape allocates nothing") {
  CHECK_ERROR(read_parts({.shape = {int64_t{1} << 47, 4}}), "elements in indptr, found 4");
  CHECK_ERROR(read_parts({.format = "csc", .shape = {int64_t{1} << 47, 3}}),
              "expected fewer rows for 3 entries");
}

TEST_CASE("npz: archives without a matrix and files that are no archives are refused") {
  TempFolder folder;
  {
    ZipWriter zip(folder.path("a.npz"));
    zip.add("x.npy", "", "y", false);
    zip.commit();
  }
  CHECK_ERROR(read_npz(folder.path("a.npz")), "found no record format.npy");
  CHECK_ERROR(read_npz(folder.write("b.npz", "no zip")), "b.npz: expected a zip archive");
  CHECK_ERROR(read_npz(folder.write("c.npz", "")), "c.npz: expected a zip archive");
  CHECK_ERROR(read_npz(folder.path("")), "expected a file, found a folder");
  CHECK_ERROR(read_npz(folder.path("d.npz")), "d.npz: cannot open: No such file");
}

TEST_CASE("npz: a truncated or damaged archive is refused") {
  TempFolder folder;
  const std::string bytes = read_bytes(write_parts(folder, {}));
  CHECK_ERROR(read_npz(folder.write("a.npz", bytes.substr(0, bytes.size() / 2))),
              "a.npz: expected");
  std::string damaged = bytes;
  damaged[bytes.find(std::string_view(bytes_of(Floats{1.5f})))] ^= 1;
  CHECK_ERROR(read_npz(folder.write("b.npz", damaged)), "data.npy: expected sound data");
}

TEST_CASE("zip: records that are declared larger than the file can hold are refused") {
  TempFolder folder;
  const std::string sound = read_bytes(write_parts(folder, {}));
  // Into the central directory; no byte can stand for more than 1,032.
  const auto declare = [&](uint32_t size, int num_records) {
    std::string bytes = sound;
    size_t at = 0;
    for (int i = 0; i < num_records; ++i) {
      at = bytes.find("PK\1\2", at + 1);
      bytes.replace(at + 24, sizeof(size), reinterpret_cast<const char*>(&size), sizeof(size));
    }
    return folder.write("a.npz", bytes);
  };
  const auto most = static_cast<uint32_t>(1032 * sound.size());
  const char* refused = "expected records that fit the file, found more bytes declared";
  CHECK_ERROR(read_npz(declare(most + 1032, 1)), refused);
  CHECK_ERROR(read_npz(declare(most / 2 + 1032, 2)), refused);
  CHECK_ERROR(read_npz(declare(most / 2 + 1032, 1)), "a.npz");  // what is there is another size
}

TEST_CASE("npz: a matrix of very many equal entries, packed tightly, is read") {
  TempFolder folder;
  const int64_t count = 1 << 20;
  Parts parts{.shape = {1, count}, .indptr = {0, count}, .indices = {}, .data = {}};
  for (int64_t i = 0; i < count; ++i)
    parts.indices.push_back(i);
  parts.data.assign(static_cast<size_t>(count), 1.0F);
  const std::string path = write_parts(folder, parts, /*deflate=*/true);
  CHECK(std::filesystem::file_size(path) < 2'500'000);
  CHECK(read_npz(path).matrix.nnz() == count);
}

TEST_CASE("npy: every numeric type becomes f32") {
  CHECK(elements<float>(floats_from(npy("<f4", "(2,)", Floats{1.5, -2}))) == Floats{1.5, -2});
  CHECK(elements<float>(floats_from(npy("<f8", "(2,)", std::vector<double>{1.5, -2}))) ==
        Floats{1.5, -2});
  CHECK(elements<float>(floats_from(npy("<f2", "(1,)", std::vector<uint16_t>{0x3e00}))) ==
        Floats{1.5});
  CHECK(elements<float>(floats_from(npy("<i8", "(1,)", Ints{-7}))) == Floats{-7});
  CHECK(elements<float>(floats_from(npy("<i4", "(1,)", std::vector<int32_t>{-7}))) == Floats{-7});
  CHECK(elements<float>(floats_from(npy("<u4", "(1,)", std::vector<uint32_t>{7}))) == Floats{7});
  CHECK(elements<float>(floats_from(npy("<i2", "(1,)", std::vector<int16_t>{-7}))) == Floats{-7});
  CHECK(elements<float>(floats_from(npy("|i1", "(1,)", std::vector<int8_t>{-7}))) == Floats{-7});
  CHECK(elements<float>(floats_from(npy("|b1", "(1,)", std::vector<uint8_t>{1}))) == Floats{1});
}

TEST_CASE("npy: a matrix in Fortran order is turned") {
  std::string bytes = npy("<f4", "(2, 3)", Floats{1, 4, 2, 5, 3, 6});
  bytes.replace(bytes.find("False"), 5, "True ");
  const at::Tensor matrix = floats_from(bytes);
  CHECK(matrix.sizes() == at::IntArrayRef({2, 3}));
  CHECK(elements<float>(matrix) == Floats{1, 2, 3, 4, 5, 6});
}

TEST_CASE("npy: a dense matrix reads back as it was written") {
  TempFolder folder;
  const at::Tensor matrix = floats_from(npy("<f4", "(2, 3)", Floats{1, 2, 3, 4, 5, 6}));
  write_npy(folder.path("a.npy"), matrix);
  CHECK(read_dense_npy(folder.path("a.npy")).equal(matrix));
}

TEST_CASE("npy: pieces become one array, whose header says how many there were") {
  TempFolder folder;
  const at::Tensor matrix = floats_from(npy("<f4", "(3, 2)", Floats{1, 2, 3, 4, 5, 6}));
  NpyWriter writer(folder.path("a.npy"), at::kFloat);
  writer.append(matrix.narrow(0, 0, 1));
  writer.append(matrix.narrow(0, 1, 2));
  CHECK(writer.size() == 3);
  CHECK_ERROR(writer.append(matrix.view({2, 3})), "expected pieces of one width");
  CHECK_ERROR(writer.append(matrix.view(6)), "expected pieces of one width");
  CHECK_ERROR(writer.append(matrix.t()), "contiguous on the CPU");
  writer.commit();
  CHECK(read_dense_npy(folder.path("a.npy")).equal(matrix));
}

TEST_CASE("npy: a dense matrix with NaN is refused with its place") {
  TempFolder folder;
  const std::string path = folder.write("a.npy", npy("<f4", "(2, 2)", Floats{1, 2, NAN, 4}));
  CHECK_ERROR(read_dense_npy(path), "a.npy: row 1, column 0: expected a finite value, found nan");
}

TEST_CASE("npy: a vector is no dense matrix") {
  TempFolder folder;
  const std::string path = folder.write("a.npy", npy("<f4", "(2,)", Floats{1, 2}));
  CHECK_ERROR(read_dense_npy(path), "expected 2 dimensions, found 1");
}

TEST_CASE("npy: sizes that do not match the bytes are refused before anything is allocated") {
  CHECK_ERROR(floats_from(npy("<f4", "(3,)", Floats{1, 2})), "expected 12 bytes for its shape");
  CHECK_ERROR(floats_from(npy("<f4", "(1,)", Floats{1, 2})), "expected 4 bytes for its shape");
  CHECK_ERROR(floats_from(npy("<f4", "(4611686018427387904, 4)", Floats{1})), "too many bytes");
  CHECK_ERROR(floats_from(npy("<f4", "(100000000000,)", Floats{1})), "expected 400000000000 bytes");
}

TEST_CASE("npy: rows without columns are refused where they are more than memory has") {
  TempFolder folder;
  const auto read = [&](const char* shape) {
    return read_dense_npy(folder.write("a.npy", npy("<f4", shape, Floats{})));
  };
  CHECK(read("(7, 0)").size(0) == 7);
  CHECK(read("(0, 4611686018427387904)").size(0) == 0);
  CHECK_ERROR(read("(4611686018427387904, 0)"), "expected fewer rows for 0 entries");
}

TEST_CASE("npy: big-endian, object and complex arrays are refused by their type") {
  CHECK_ERROR(floats_from(npy(">f4", "(1,)", Floats{1})), "found elements of type \">f4\"");
  CHECK_ERROR(floats_from(npy("|O", "(1,)", Ints{1})), "found elements of type \"|O\"");
  CHECK_ERROR(floats_from(npy("<c8", "(1,)", Ints{1})), "found elements of type \"<c8\"");
}

TEST_CASE("npy: headers that are none are refused") {
  CHECK_ERROR(floats_from(""), "a.npy: expected a NumPy array, found too few bytes");
  CHECK_ERROR(floats_from("not a numpy array"), "expected a NumPy array, found other data");
  std::string bytes = npy("<f4", "(1,)", Floats{1});
  bytes[6] = 4;
  CHECK_ERROR(floats_from(bytes), "expected a NumPy array, found other data");
  CHECK_ERROR(floats_from(npy("<f4", "(-1,)", Floats{1})), "expected a NumPy header");
  CHECK_ERROR(floats_from(npy("<f4", "(1,", Floats{1})), "expected a NumPy header");
  bytes[6] = 1;
  CHECK_ERROR(floats_from(bytes.substr(0, 40)), "expected a NumPy header, found 30 bytes");
}

TEST_CASE("npy: a header is aligned as NumPy's are") {
  CHECK(npy_header("<f4", "(3,)").size() == 128);
  CHECK(npy_header("<f4", "(1000000000000, 1000000000000, 1000000000000)").size() % 64 == 0);
}

TEST_CASE("zip: records may be empty, and are listed in order") {
  TempFolder folder;
  {
    ZipWriter zip(folder.path("a.zip"));
    zip.add("none", "", "", false);
    zip.add("head", "h", "", true);
    zip.add("body", "", "b", true);
    zip.commit();
  }
  const ZipReader zip(folder.path("a.zip"));
  CHECK(zip.names() == std::vector<std::string>{"none", "head", "body"});
  CHECK(zip.read("none", 10).empty());
  CHECK(zip.read("head", 10) == "h");
  CHECK(zip.read("body", 10) == "b");
  CHECK(!zip.has("tail"));
  CHECK_ERROR(zip.read("head", 0), "a.zip: head: expected at most 0 bytes, found 1");
}
