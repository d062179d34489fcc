// Files of torch.load: round trips, and pickles written by hand to be wrong in one way each.
#include "spout/sparse/files/torch/torch_file.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>

#include <array>

#include "spout/sparse/files/io/zip_archive.h"
#include "spout/tests/sparse/torch_pickle.h"
#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;
using namespace std::string_literals;

namespace {

using Ints = std::vector<int64_t>;

Csr small_matrix() {
  return make_csr(3, 4, {0, 2, 2, 3}, {0, 3, 1}, {1.5f, -2, 0.25f});
}

bool same(const Csr& a, const Csr& b) {
  return a.rows == b.rows && a.cols == b.cols && a.crow.equal(b.crow) && a.col.equal(b.col) &&
         a.values.equal(b.values);
}

TorchContents read_pickle(const std::string& pickle) {
  TempFolder folder;
  return read_torch_file(write_pickle(folder, "\x80\x02" + pickle));
}

}  // namespace

TEST_CASE("torch file: a sparse matrix reads back as it was written, in every layout") {
  TempFolder folder;
  constexpr std::array kLayouts = {at::kSparseCsr, at::kSparseCsc, at::kSparse};
  for (const auto& [name, layout] : kSparseLayouts) {
    INFO(name);
    write_torch_sparse(folder.path("a.pt"), small_matrix(), layout, true);
    CHECK(same(read_torch_sparse(folder.path("a.pt")), small_matrix()));
    const at::Tensor tensor = read_torch_file(folder.path("a.pt")).tensor;
    CHECK((tensor.layout() == kLayouts.at(static_cast<size_t>(layout))));
    CHECK(tensor.sizes() == at::IntArrayRef({3, 4}));
  }
}

TEST_CASE("torch file: empty matrices survive") {
  TempFolder folder;
  for (const auto& [rows, cols] : {std::pair{0, 0}, {0, 5}, {5, 0}, {3, 4}}) {
    for (const auto& [name, layout] : kSparseLayouts) {
      INFO(name);
      write_torch_sparse(folder.path("a.pt"), empty_csr(rows, cols), layout, true);
      CHECK(same(read_torch_sparse(folder.path("a.pt")), empty_csr(rows, cols)));
    }
  }
}

TEST_CASE("torch file: a dict of tensors keeps names, order, shapes and types") {
  TempFolder folder;
  NamedTensors tensors;
  for (const at::ScalarType type : {at::kFloat, at::kDouble, at::kHalf, at::kBFloat16, at::kLong,
                                    at::kInt, at::kShort, at::kChar, at::kByte, at::kBool}) {
    tensors.emplace_back(c10::toString(type), at::arange(6).view({2, 3}).to(type));
  }
  tensors.emplace_back("scalar", at::full({}, 3.5));
  tensors.emplace_back("empty", at::empty({0, 7}));
  tensors.emplace_back("turned", at::rand({3, 5}).t());
  tensors.emplace_back("strided", at::rand({100}).slice(0, 3, 60, 7));
  write_torch_tensors(folder.path("a.pt"), tensors);
  const NamedTensors again = read_torch_file(folder.path("a.pt")).tensors;
  REQUIRE(again.size() == tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    CHECK(again[i].first == tensors[i].first);
    CHECK((again[i].second.scalar_type() == tensors[i].second.scalar_type()));
    CHECK(again[i].second.equal(tensors[i].second));
  }
}

TEST_CASE("torch file: further records are read by name") {
  TempFolder folder;
  write_torch_tensors(folder.path("a.pt"), {}, {{"spout.json", "{\"a\": 1}"}, {"empty", ""}});
  CHECK(read_torch_record(folder.path("a.pt"), "spout.json") == "{\"a\": 1}");
  CHECK(read_torch_record(folder.path("a.pt"), "empty").empty());
  CHECK_ERROR(read_torch_record(folder.path("a.pt"), "b"),
              "expected a record archive/b, found none");
  CHECK(read_torch_file(folder.path("a.pt")).tensors.empty());
}

TEST_CASE("torch file: sparse tensors and complex numbers are no part of a dict") {
  TempFolder folder;
  const at::Tensor sparse = to_torch_csr(small_matrix());
  CHECK_ERROR(write_torch_tensors(folder.path("a"), {{"w", sparse}}), "w is not a dense tensor");
  const at::Tensor complex = at::empty({2}, at::kComplexFloat);
  CHECK_ERROR(write_torch_tensors(folder.path("a"), {{"w", complex}}), "w has elements of type");
  CHECK(folder.names().empty());
}

TEST_CASE("torch file: nested containers come flat, under joined names") {
  // {"a": [1, 2.5, None, True, {"x": "y"}], 3: tensor, "n": -2**40, "t": (7, 8)}
  const TorchContents contents =
      read_pickle("}("s + "X\1\0\0\0a](K\1G\x40\x04\0\0\0\0\0\0N\x88}X\1\0\0\0xX\1\0\0\0yse"s +
                  "K\3"s + tensor_of(0, {2, 3}, {3, 1}) + "X\1\0\0\0n\x8a\6\0\0\0\0\0\xff"s +
                  "\x8c\1tM\7\0J\10\0\0\0\x86"s + "u.");
  CHECK(contents.tensors.size() == 1);
  CHECK(contents.tensors[0].first == "3");
  const std::vector<std::pair<std::string, TorchScalar>> expected = {
      {"a.0", int64_t{1}}, {"a.1", 2.5},       {"a.2", std::monostate()},
      {"a.3", true},       {"a.4.x", "y"s},    {"n", -(int64_t{1} << 40)},
      {"t.0", int64_t{7}}, {"t.1", int64_t{8}}};
  const bool equal = contents.scalars == expected;
  CHECK(equal);
}

TEST_CASE("torch file: memo, OrderedDict, parameters and BUILD are understood") {
  // OrderedDict(w=Parameter(t)) with attributes; the tensor is taken from the memo.
  const TorchContents contents =
      read_pickle("ccollections\nOrderedDict\n)R(X\1\0\0\0wctorch._utils\n_rebuild_parameter\n"s +
                  tensor_of(0, {6}, {1}) + "q\5\x88}\x87RX\1\0\0\0vh\5u}X\1\0\0\0mK\1sb."s);
  REQUIRE(contents.tensors.size() == 2);
  CHECK(contents.tensors[0].second.is_alias_of(contents.tensors[1].second));
}

TEST_CASE("torch file: tensors that reach beyond their storage are refused") {
  CHECK(read_pickle(tensor_of(0, {2, 3}, {3, 1}) + ".").tensor.numel() == 6);
  CHECK(read_pickle(tensor_of(6, {0}, {1}) + ".").tensor.numel() == 0);
  CHECK(read_pickle(tensor_of(7, {0}, {1}) + ".").tensor.numel() == 0);
  CHECK(read_pickle(tensor_of(5, {4}, {0}) + ".").tensor.numel() == 4);
  const auto refused = [](int64_t offset, const Ints& sizes, const Ints& strides) {
    CHECK_ERROR(read_pickle(tensor_of(offset, sizes, strides) + "."), kTooLarge);
  };
  refused(1, {2, 3}, {3, 1});
  refused(0, {7}, {1});
  refused(0, {2}, {6});
  refused(6, {1}, {1});
  refused(0, {3}, {int64_t{1} << 62});
  refused(0, {2}, {1, 1});
  refused(0, {7}, {0});
  refused(0, {int64_t{1} << 40, 1}, {0, 1});
  refused(0, {int64_t{1} << 32, int64_t{1} << 32}, {0, 0});
  refused(0, {0, int64_t{1} << 62, 4}, {0, 0, 0});
  refused(-1, {1}, {1});
  CHECK_ERROR(read_pickle(tensor_of(0, {-1}, {1}) + "."), "found a negative size");
  CHECK_ERROR(read_pickle(tensor_of(0, {1}, {-1}) + "."), "found a negative size");
}

TEST_CASE("torch file: storages of another size or type are refused") {
  CHECK_ERROR(read_pickle(tensor_of(0, {1}, {1}, 7) + "."), "expected 7 elements of 4 bytes");
  CHECK_ERROR(read_pickle(tensor_of(0, {1}, {1}, -1) + "."), "expected -1 elements of 4 bytes");
  CHECK_ERROR(read_pickle(tensor_of(0, {1}, {1}, 6, "ComplexFloatStorage") + "."),
              "found the storage \"torch ComplexFloatStorage\"");
  CHECK_ERROR(
      read_pickle("("s + tensor_of(0, {1}, {1}) + tensor_of(0, {1}, {1}, 3, "LongStorage") + "t."),
      "found a storage of two types");
}

TEST_CASE("torch file: calls outside the list are refused by name, not made") {
  CHECK_ERROR(read_pickle("cposix\nsystem\nX\4\0\0\0true\x85R."s),
              "found a call of \"posix system\"");
  CHECK_ERROR(read_pickle("cbuiltins\neval\nX\1\0\0\0"
                          "1\x85R."s),
              "found a call of \"builtins eval\"");
  CHECK_ERROR(read_pickle("cposix\nsystem\n."s), "found \"posix system\"");
}

TEST_CASE("torch file: opcodes outside the list are refused by number") {
  CHECK_ERROR(read_pickle("i."), "found the pickle opcode 0x69");
  CHECK_ERROR(read_pickle("\x93."), "found the pickle opcode 0x93");
}

TEST_CASE("torch file: pickles that are cut short or out of order are refused") {
  for (const std::string& pickle : {""s,
                                    "."s,
                                    "("s,
                                    "t."s,
                                    "R."s,
                                    "X\xff\xff\xff\xff"s,
                                    "Kh"s,
                                    "h\1."s,
                                    "q\1."s,
                                    "ca"s,
                                    "K\1K\2s."s,
                                    "}(K\1u."s,
                                    "K\1e."s,
                                    "(K\1\x86."s,
                                    "}K\1R."s,
                                    "K\1K\1R."s,
                                    "]Q."s,
                                    ")Q."s,
                                    "\x8a\x09         ."s,
                                    "\x80\x09."s,
                                    "K\1b."s,
                                    "}K\1s."s}) {
    CHECK_ERROR(read_pickle(pickle), "expected tensors, dicts, lists and plain values, found");
  }
}

TEST_CASE("torch file: a container that holds itself is refused") {
  CHECK_ERROR(read_pickle("]q\1h\1a."s), "expected at most 32 nested containers");
  CHECK_ERROR(read_pickle(std::string(100, ']') + std::string(99, 'a') + "."),
              "expected at most 32 nested containers");
}

TEST_CASE("torch file: a small pickle of very many values is refused") {
  std::string pickle = "K\1"s;
  for (int i = 0; i < 30; ++i)
    pickle += "q\1h\1\x86"s;  // twice as many values each time
  CHECK_ERROR(read_pickle(pickle + "."), "expected at most");
}

TEST_CASE("torch file: a pickle of more values than any has is refused before they take memory") {
  CHECK_ERROR(read_pickle("]("s + std::string(1 << 20, 'N') + "e."), "more than a million values");
}

TEST_CASE("torch file: a long text that is meant very often is refused") {
  const std::string text = "X\0\0\x10\0"s + std::string(1 << 20, 'k') + "q\1"s;
  std::string keys;
  std::string values;
  for (int i = 0; i < 65; ++i) {
    keys += "h\1N"s;
    values += "h\1"s;
  }
  const char* expected = "expected at most 64 MiB of names and texts";
  CHECK_ERROR(read_pickle("}("s + text + "N" + keys + "u."), expected);
  CHECK_ERROR(read_pickle("]("s + text + values + "e."), expected);
}

TEST_CASE("torch file: records are read by name and nothing is unpacked, whatever the name") {
  TempFolder folder;
  for (const char* prefix : {"", "/", "../", "/etc/", "a/../../b/"}) {
    CAPTURE(prefix);
    ZipWriter zip(folder.path("p.pt"), true);
    zip.add(prefix + "data.pkl"s, "\x80\x02" + tensor_of(0, {2}, {1}) + ".", "", false);
    zip.add(prefix + "data/0"s, std::string(24, '\0'), "", false);
    zip.commit();
    CHECK(read_torch_file(folder.path("p.pt")).tensor.numel() == 2);
    CHECK(folder.names() == std::vector<std::string>{"p.pt"});
  }
}

TEST_CASE("torch file: sparse tensors that are not valid are refused") {
  TempFolder folder;
  const auto reread = [&](const Csr& matrix) {
    write_torch_sparse(folder.path("a.pt"), matrix, SparseLayout::kCsr, true);
    read_torch_sparse(folder.path("a.pt"));
  };
  reread(small_matrix());
  CHECK_ERROR(reread(make_csr(3, 4, {0, 2, 2, 3}, {0, 4, 1}, {1, 1, 1})),
              "row 0: expected a column below 4, found 4");
  CHECK_ERROR(reread(make_csr(3, 4, {0, 2, 2, 3}, {0, -1, 1}, {1, 1, 1})),
              "row 0: expected a column below 4, found -1");
  CHECK_ERROR(reread(make_csr(3, 4, {0, 3, 2, 3}, {0, 2, 1}, {1, 1, 1})),
              "row 1: expected an end of 3 to 3, found 2");
  CHECK_ERROR(reread(make_csr(3, 4, {0, 2, 2, 9}, {0, 2, 1}, {1, 1, 1})),
              "expected row pointers from 0 to 3, found 0 to 9");
  CHECK_ERROR(reread(make_csr(3, 4, {0, 2, 2, 3}, {0, 2, 1}, {1, NAN, 1})),
              "row 0, column 2: expected a finite value, found nan");
}

TEST_CASE("torch file: the parts of a sparse tensor are dense") {
  const std::string csr =
      "ctorch._utils\n_rebuild_sparse_tensor\n(ctorch.serialization\n_get_layout\n"
      "(X\x10\0\0\0torch.sparse_csrtR("s;
  const auto part = [](const Ints& sizes) { return tensor_of(0, sizes, {1}, 3, "LongStorage"); };
  const std::string whole = csr + part({2}) + part({0}) + part({0}) + "(K\1K\1tttR"s;
  CHECK(read_pickle(whole + ".").tensor.numel() == 1);
  CHECK_ERROR(read_pickle(csr + whole + part({0}) + part({0}) + "(K\1K\1tttR."s),
              "found a sparse tensor of sparse parts");
}

TEST_CASE("torch file: as many cells as no tensor of torch can have are refused both ways") {
  TempFolder folder;
  const Csr wide = make_csr(3, int64_t{1} << 62, {0, 1, 1, 1}, {0}, {1});
  for (const auto& [name, layout] : kSparseLayouts) {
    INFO(name);
    if (layout == SparseLayout::kCsc) continue;  // nor has the machine the memory
    CHECK_ERROR(write_torch_sparse(folder.path("a.pt"), wide, layout),
                "a.pt: expected fewer than 2^63 cells, as torch's tensors have, found 3 x 4611");
  }
  CHECK(folder.names().empty());
  const std::string call =
      "ctorch._utils\n_rebuild_sparse_tensor\n(ctorch.serialization\n_get_layout\n"
      "(X\x10\0\0\0torch.sparse_cootR("s;
  const auto coo_of = [&](const std::string& cols) {
    return call + tensor_of(0, {2, 1}, {1, 1}, 3, "LongStorage") +
           tensor_of(0, {1}, {1}, 3, "LongStorage") + "(K\3\x8a\x08" + cols + "t\x89ttR.";
  };
  CHECK(read_pickle(coo_of("\0\0\0\0\0\0\0\x10"s)).tensor.is_sparse());
  CHECK_ERROR(read_pickle(coo_of("\0\0\0\0\0\0\0\x40"s)),
              "found a torch.sparse_coo tensor that is not valid");
}

TEST_CASE("torch file: a file with other contents is no sparse matrix") {
  TempFolder folder;
  write_torch_tensors(folder.path("a.pt"), {{"w", at::rand({2, 3})}});
  CHECK_ERROR(read_torch_sparse(folder.path("a.pt")), "one matrix, found other contents");
  const std::string dense = write_pickle(folder, "\x80\x02" + tensor_of(0, {2, 3}, {3, 1}) + ".");
  CHECK_ERROR(read_torch_sparse(dense), "one sparse matrix, found another tensor");
}

TEST_CASE("torch file: a dense matrix reads back as it was written, and as f32") {
  TempFolder folder;
  for (const at::ScalarType type : {at::kFloat, at::kDouble, at::kHalf, at::kInt, at::kBool}) {
    const at::Tensor matrix = at::arange(6).view({3, 2}).to(type).t();
    write_torch_dense(folder.path("a.pt"), matrix, true);
    CHECK(read_torch_file(folder.path("a.pt")).tensor.equal(matrix));
    const TorchMatrix read = read_torch_matrix(folder.path("a.pt"));
    CHECK(read.dense.is_contiguous());
    CHECK(read.dense.equal(matrix.to(at::kFloat)));
  }
  write_torch_dense(folder.path("b.pt"), at::full({2, 2}, NAN));
  CHECK_ERROR(read_torch_matrix(folder.path("b.pt")), "row 0, column 0: expected a finite value");
  write_torch_dense(folder.path("c.pt"), at::full({2}, 1.0));
  CHECK_ERROR(read_torch_matrix(folder.path("c.pt")), "expected 2 dimensions, found 1");
  CHECK_ERROR(write_torch_dense(folder.path("d.pt"), to_torch_csr(small_matrix())), "not a dense");
}

TEST_CASE("torch file: big-endian files are refused") {
  TempFolder folder;
  CHECK_ERROR(read_torch_file(write_pickle(folder, "\x80\x02N.", "big")),
              "p.pt: expected little-endian numbers");
}

TEST_CASE("torch file: files that are none are refused") {
  TempFolder folder;
  CHECK_ERROR(read_torch_file(folder.write("a.pt", "text")), "a.pt: expected a zip archive");
  CHECK_ERROR(read_torch_file(folder.path("b.pt")), "b.pt: cannot open: No such file");
  {
    ZipWriter zip(folder.path("c.pt"));
    zip.add("x", "y", "", false);
    zip.commit();
  }
  CHECK_ERROR(read_torch_file(folder.path("c.pt")), "found a zip archive without data.pkl");
}

TEST_CASE("torch file: a damaged storage is noticed by its checksum") {
  TempFolder folder;
  write_torch_tensors(folder.path("a.pt"), {{"w", at::full({64}, 1.5, at::kFloat)}});
  std::string bytes = read_bytes(folder.path("a.pt"));
  const std::string number("\0\0\xc0\x3f", 4);
  bytes[bytes.find(number + number)] ^= 1;
  CHECK_ERROR(read_torch_file(folder.write("b.pt", bytes)), "expected sound data, found damage");
}
