// Files are written byte by byte, since each damage is one byte sequence.
#include "spout/tests/testing.h"

#include "spout/sparse/base/error.h"
#include "spout/sparse/files/torch/safetensors.h"

using namespace spout;
using namespace spout::testing;

namespace {

/// A file of that header, with `claimed` as its length where that is not its own.
std::string with_header(const std::string& header, const std::string& data, int64_t claimed = -1) {
  const auto length =
      static_cast<uint64_t>(claimed < 0 ? static_cast<int64_t>(header.size()) : claimed);
  std::string bytes;
  for (unsigned shift = 0; shift < 64; shift += 8)
    bytes += static_cast<char>(length >> shift & 0xFFU);
  return bytes + header + data;
}

std::string entry(const std::string& type, const std::string& shape, const std::string& offsets) {
  return R"({"dtype":")" + type + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

std::string one_tensor(const std::string& type, const std::string& shape,
                       const std::string& offsets, size_t bytes) {
  return with_header(R"({"a":)" + entry(type, shape, offsets) + "}", std::string(bytes, '\1'));
}

}  // namespace

TEST_CASE("safetensors: tensors are read one by one, whatever their order in the file") {
  const TempFolder folder;
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"b":)" + entry("I16", "[2]", "[8,12]") + R"(,"a":)" +
      entry("F32", "[1,2]", "[0,8]") + R"(,"none":)" + entry("F64", "[0,3]", "[12,12]") + "}   ";
  const std::string data("\0\0\x80\x3f\0\0\0\x40\x07\0\xff\xff", 12);
  const Safetensors file(folder.write("a.safetensors", with_header(header, data)));
  CHECK(file.names() == std::vector<std::string>{"a", "b", "none"});
  CHECK(!file.find("c"));
  CHECK(file.find("a")->shape == std::vector<int64_t>{1, 2});
  CHECK((file.find("b")->type == at::kShort));
  CHECK(elements<float>(file.read("a")) == std::vector<float>{1.0F, 2.0F});
  CHECK(elements<int16_t>(file.read("b")) == std::vector<int16_t>{7, -1});
  CHECK(file.read("none").sizes() == at::IntArrayRef{0, 3});
  CHECK_ERROR(file.read("c"), "expected a tensor c, found none");
}

TEST_CASE("safetensors: every type of the format that torch has is read as it is") {
  const TempFolder folder;
  const std::vector<std::pair<std::string, at::ScalarType>> types{
      {"F64", at::kDouble}, {"F32", at::kFloat}, {"F16", at::kHalf},  {"BF16", at::kBFloat16},
      {"I64", at::kLong},   {"I32", at::kInt},   {"I16", at::kShort}, {"I8", at::kChar},
      {"U8", at::kByte},    {"BOOL", at::kBool}};
  for (const auto& [name, type] : types) {
    CAPTURE(name);
    const size_t bytes = 3 * c10::elementSize(type);
    const Safetensors file(
        folder.write("t", one_tensor(name, "[3]", "[0," + std::to_string(bytes) + "]", bytes)));
    CHECK((file.read("a").scalar_type() == type));
    CHECK(file.read("a").numel() == 3);
  }
}

TEST_CASE("safetensors: a header that does not fit the file is refused") {
  const TempFolder folder;
  const auto refused = [&](const std::string& bytes) {
    const std::string path = folder.write("bad", bytes);
    const std::string error = error_of([&] { const Safetensors file(path); });
    CAPTURE(error);
    CHECK(error.starts_with(path + ": expected "));
    CHECK(error.find('\n') == std::string::npos);
    CHECK_THROWS_AS(const Safetensors file(path), FileError);
    return error;
  };
  refused("");
  refused("1234567");
  refused(with_header("{}", "", 3));
  refused(with_header("{}", "", std::numeric_limits<int64_t>::max()));
  refused(with_header("[]", ""));
  refused(with_header("{", ""));
  refused(with_header("{}", "more"));
  refused(with_header(R"({"a":1})", ""));
  refused(with_header(R"({"a":)" + std::string(1000, '[') + std::string(1000, ']') + "}", ""));
  refused(one_tensor("F32", "[1]", "[0,8]", 8));   // more bytes than elements
  refused(one_tensor("F32", "[3]", "[0,12]", 8));  // cut short
  refused(one_tensor("F32", "[1]", "[4,8]", 8));   // a gap
  refused(one_tensor("F32", "[1]", "[8,4]", 8));   // ends before it begins
  refused(one_tensor("F32", "[-1]", "[0,4]", 4));
  refused(one_tensor("F32", "[1.0]", "[0,4]", 4));
  refused(one_tensor("F32", "[4611686018427387904,4611686018427387904]", "[0,0]", 0));
  refused(one_tensor("F32", "[0,4611686018427387904]", "[0,0]", 0));
  refused(one_tensor("F32", "[18446744073709551616]", "[0,4]", 4));
  refused(one_tensor("F32", "[1]", "[0,18446744073709551615]", 4));
  refused(one_tensor("F32", "[1]", "[0]", 4));
  CHECK(refused(one_tensor("F8_E4M3", "[4]", "[0,4]", 4)).find("F8_E4M3") != std::string::npos);
  const std::string a = R"("a":)" + entry("U8", "[4]", "[0,4]");
  const std::string over = R"("b":)" + entry("U8", "[4]", "[2,6]");
  CHECK(refused(with_header("{" + a + "," + a + "}", "1234")).find("\"a\" twice") !=
        std::string::npos);
  CHECK(refused(with_header("{" + a + "," + over + "}", "123456"))
            .find("begins at byte 4 of the data, found one that begins at byte 2") !=
        std::string::npos);
}

TEST_CASE("safetensors: a BOOL is 0 or 1, and a file that shrinks is noticed") {
  const TempFolder folder;
  const std::string header = R"({"a":)" + entry("BOOL", "[1]", "[0,1]") + "}";
  const Safetensors two(folder.write("two", with_header(header, "\2")));
  CHECK_ERROR(two.read("a"), "expected 0 or 1");
  const Safetensors cut(folder.write("cut", with_header(header, "\1")));
  folder.write("cut", with_header(header, ""));
  CHECK_ERROR(cut.read("a"), "expected 1 more bytes, found 0");
}
