// XMLRepository and libsvm text: what is lenient, what is strict, and the line that errors name.
#include "spout/sparse/files/text/xmc.h"

#include "spout/sparse/files/text/libsvm.h"
#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;

namespace {

using Ints = std::vector<int64_t>;
using Floats = std::vector<float>;

TextData xmc(std::string_view text) {
  TempFolder folder;
  LineReader reader(folder.write("a.txt", text));
  return read_xmc(reader);
}

TextData libsvm(std::string_view text, const LibsvmOptions& options = {}) {
  TempFolder folder;
  LineReader reader(folder.write("a.txt", text));
  return read_libsvm(reader, options);
}

Ints labels(const TextData& data, int64_t row) {
  return elements(data.y.row_columns(row));
}
Ints features(const TextData& data, int64_t row) {
  return elements(data.x.row_columns(row));
}
Floats values(const TextData& data, int64_t row) {
  return elements(data.x.row_values(row));
}

}  // namespace

TEST_CASE("xmc: rows, labels and features are read as they stand") {
  const TextData data = xmc("2 5 4\n0,3 1:0.5 4:-2\n2 0:1e-3\n");
  check(data.x);
  check(data.y);
  CHECK(data.x.rows == 2);
  CHECK(data.x.cols == 5);
  CHECK(data.y.rows == 2);
  CHECK(data.y.cols == 4);
  CHECK(labels(data, 0) == Ints{0, 3});
  CHECK(features(data, 0) == Ints{1, 4});
  CHECK(values(data, 0) == Floats{0.5f, -2.0f});
  CHECK(values(data, 1) == Floats{1e-3f});
  CHECK(elements<float>(data.y.values) == Floats{1, 1, 1});
}

TEST_CASE("xmc: a row that begins with a blank has no labels") {
  const TextData data = xmc("3 5 4\n 1:1\n\t2:1\n1 3:1\n");
  CHECK(labels(data, 0).empty());
  CHECK(features(data, 0) == Ints{1});
  CHECK(labels(data, 1).empty());
  CHECK(features(data, 1) == Ints{2});
  CHECK(labels(data, 2) == Ints{1});
}

TEST_CASE("xmc: a row that begins with a feature has no labels") {
  const TextData data = xmc("1 5 4\n1:1 3:2\n");
  CHECK(labels(data, 0).empty());
  CHECK(features(data, 0) == Ints{1, 3});
}

TEST_CASE("xmc: an empty line is an empty row") {
  const TextData data = xmc("3 5 4\n1 1:1\n\n2 2:1\n");
  CHECK(labels(data, 1).empty());
  CHECK(features(data, 1).empty());
  CHECK(labels(data, 2) == Ints{2});
}

TEST_CASE("xmc: empty lines after the last row are ignored") {
  CHECK(xmc("1 5 4\n1 1:1\n\n \n").x.rows == 1);
}

TEST_CASE("xmc: tabs, several blanks, CRLF and blanks at the end are fine") {
  const TextData data = xmc("2\t5  4 \r\n0,1\t1:1  2:1 \t\r\n2   4:1\r\n");
  CHECK(labels(data, 0) == Ints{0, 1});
  CHECK(features(data, 0) == Ints{1, 2});
  CHECK(features(data, 1) == Ints{4});
}

TEST_CASE("xmc: blank label fields are skipped") {
  const TextData data = xmc("3 5 4\n0,,2 1:1\n3, 1:1\n, 1:1\n");
  CHECK(labels(data, 0) == Ints{0, 2});
  CHECK(labels(data, 1) == Ints{3});
  CHECK(labels(data, 2).empty());
}

TEST_CASE("xmc: unsorted labels and features are sorted, values with them") {
  const TextData data = xmc("1 5 4\n3,0,2 4:4 0:0.5 2:2\n");
  CHECK(labels(data, 0) == Ints{0, 2, 3});
  CHECK(features(data, 0) == Ints{0, 2, 4});
  CHECK(values(data, 0) == Floats{0.5f, 2, 4});
}

TEST_CASE("xmc: a label named twice is kept once and counted") {
  const TextData data = xmc("2 5 4\n1,1,3,1 0:1\n2,2 0:1\n");
  CHECK(labels(data, 0) == Ints{1, 3});
  CHECK(labels(data, 1) == Ints{2});
  CHECK(data.duplicate_labels == 3);
  CHECK(data.y.nnz() == 3);
}

TEST_CASE("xmc: the last label and the last feature are in range") {
  const TextData data = xmc("1 5 4\n3 4:1\n");
  CHECK(labels(data, 0) == Ints{3});
  CHECK(features(data, 0) == Ints{4});
}

TEST_CASE("xmc: sizes beyond 32 bits hold") {
  const TextData data = xmc("1 5000000000 6000000000\n5999999999 4999999999:1\n");
  CHECK(labels(data, 0) == Ints{5999999999});
  CHECK(features(data, 0) == Ints{4999999999});
}

TEST_CASE("xmc: a row with labels only and a file without rows are fine") {
  CHECK(features(xmc("1 5 4\n1,2\n"), 0).empty());
  CHECK(xmc("0 5 4\n").y.cols == 4);
}

TEST_CASE("xmc: a label equal to L is refused with its line") {
  CHECK_ERROR(xmc("2 5 4\n1 0:1\n4 0:1\n"), "a.txt:3: expected a label below 4, found 4");
}

TEST_CASE("xmc: a feature equal to D is refused with its line") {
  CHECK_ERROR(xmc("1 5 4\n1 5:1\n"), "a.txt:2: expected a feature below 5, found 5");
}

TEST_CASE("xmc: negative labels and features are refused") {
  CHECK_ERROR(xmc("1 5 4\n-1 0:1\n"), ":2: expected a label of 0 or more, found -1");
  CHECK_ERROR(xmc("1 5 4\n1 -2:1\n"), ":2: expected a feature of 0 or more, found -2");
}

TEST_CASE("xmc: values that are not finite are refused") {
  for (const char* value : {"nan", "NaN", "inf", "-inf", "Infinity", "1e39", "-1e400"}) {
    CHECK_ERROR(xmc(std::string("1 5 4\n1 3:") + value + "\n"),
                ":2: expected a finite number as the value of feature 3, found \"");
  }
}

TEST_CASE("xmc: values too small for f32 become zero or nearly so") {
  CHECK(values(xmc("1 5 4\n1 3:1e-60\n"), 0) == Floats{0});
}

TEST_CASE("xmc: numbers with something behind them are refused") {
  CHECK_ERROR(xmc("1 5 4\n1 3:0.5x\n"), "expected a finite number as the value of feature 3");
  CHECK_ERROR(xmc("1 5 4\n1 3:\n"), "expected a finite number as the value of feature 3");
  CHECK_ERROR(xmc("1 5 4\n1 3.0:1\n"), "expected feature:value, found \"3.0:1\"");
  CHECK_ERROR(xmc("1 5 4\n1x 3:1\n"), "expected a label (an integer), found \"1x\"");
  CHECK_ERROR(xmc("1 5 4\n1 3:1,4:1\n"), "expected a finite number");
}

TEST_CASE("xmc: integers beyond 64 bits are refused") {
  CHECK_ERROR(xmc("1 5 4\n99999999999999999999 3:1\n"), "expected a label (an integer)");
  CHECK_ERROR(xmc("1 5 4\n1 99999999999999999999:1\n"), "expected feature:value");
}

TEST_CASE("xmc: a word without a colon among the features is refused") {
  CHECK_ERROR(xmc("1 5 4\n1 2 3:1\n"), ":2: expected feature:value, found \"2\"");
}

TEST_CASE("xmc: a feature named twice in a row is refused") {
  CHECK_ERROR(xmc("1 5 4\n1 3:1 2:1 3:1\n"), ":2: expected each feature once in a row, found 3");
}

TEST_CASE("xmc: labels with values are refused, and the way out is named") {
  CHECK_ERROR(xmc("1 5 4\n1:0.5,2:1 3:1\n"), ":2: expected labels without values");
  CHECK_ERROR(xmc("1 5 4\n1:0.5,2:1 3:1\n"), "X.npz,Y.npz");
}

TEST_CASE("xmc: too few rows are refused with the last line") {
  CHECK_ERROR(xmc("3 5 4\n1 0:1\n2 0:1\n"),
              "a.txt:3: expected 3 rows, as the header says, found 2");
}

TEST_CASE("xmc: too many rows are refused with the first surplus line") {
  CHECK_ERROR(xmc("1 5 4\n1 0:1\n\n2 0:1\n"), "a.txt:4: expected the end after 1 rows");
}

TEST_CASE("xmc: a header that is none is refused") {
  for (const char* header : {"1 5", "1 5 4 3", "1 5 x", "1 -5 4", "1:2 3", "", "1 5 4.0",
                             "99999999999999999999 5 4", "1 9000000000000000000 4"}) {
    CHECK_ERROR(xmc(std::string(header) + "\n1 0:1\n"), "a.txt:1: expected a header");
  }
}

TEST_CASE("xmc: an empty file is refused") {
  CHECK_ERROR(xmc(""), "found an empty file");
}

TEST_CASE("xmc: a huge row count in the header allocates nothing") {
  CHECK_ERROR(xmc("200000000000000 5 4\n1 0:1\n"), "expected 200000000000000 rows");
}

TEST_CASE("xmc: bytes that cannot be printed are not printed") {
  CHECK_ERROR(xmc("1 5 4\n1 \x01\x02\x1b[31m\n"), "found \"???[31m\"");
}

TEST_CASE("xmc: what is written reads back as the same numbers, plain and compressed") {
  TempFolder folder;
  const TextData data = xmc("4 5 4\n0,3 1:0.1 4:-2e20\n 0:1e-30\n\n2\n");
  for (const char* name : {"b.txt", "b.txt.gz"}) {
    write_xmc(folder.path(name), data.x, data.y);
    LineReader reader(folder.path(name));
    const TextData again = read_xmc(reader);
    CHECK(again.x.cols == 5);
    CHECK(again.y.cols == 4);
    for (const auto part : {&Csr::crow, &Csr::col, &Csr::values}) {
      CHECK((data.x.*part).equal(again.x.*part));
      CHECK((data.y.*part).equal(again.y.*part));
    }
  }
  CHECK(read_bytes(folder.path("b.txt")) == "4 5 4\n0,3 1:0.1 4:-2e+20\n 0:1e-30\n \n2\n");
  CHECK(read_bytes(folder.path("b.txt.gz")).starts_with("\x1f\x8b"));
}

TEST_CASE("xmc: targets other than 1 cannot be written") {
  TempFolder folder;
  const TextData data = xmc("1 5 4\n0 1:0.5\n");
  CHECK_ERROR(write_xmc(folder.path("b"), data.x, data.x), "row 0 has the value 0.5");
  CHECK(folder.names().empty());
}

TEST_CASE("libsvm: features count from 1 and labels from 0") {
  const TextData data = libsvm("0,2 1:0.5 4:2\n1 2:1\n");
  CHECK(data.x.cols == 4);
  CHECK(data.y.cols == 3);
  CHECK(labels(data, 0) == Ints{0, 2});
  CHECK(features(data, 0) == Ints{0, 3});
  CHECK(features(data, 1) == Ints{1});
}

TEST_CASE("libsvm: given sizes widen the shape but never cut it") {
  const TextData data = libsvm("2 4:1\n", {10, 2});
  CHECK(data.x.cols == 10);
  CHECK(data.y.cols == 3);
}

TEST_CASE("libsvm: empty lines are rows, except at the end") {
  const TextData data = libsvm("0 1:1\n\n2 2:1\n\n\n");
  CHECK(data.x.rows == 3);
  CHECK(features(data, 1).empty());
  CHECK(labels(data, 2) == Ints{2});
}

TEST_CASE("libsvm: feature 0 is refused") {
  CHECK_ERROR(libsvm("0 1:1\n1 0:1\n"), "a.txt:2: expected a feature of 1 or more, found 0");
}

TEST_CASE("libsvm: a feature named twice is named by its own number") {
  CHECK_ERROR(libsvm("0 3:1 3:1\n"), "expected each feature once in a row, found 3 twice");
}

TEST_CASE("libsvm: plus signs before labels and values are fine") {
  const TextData data = libsvm("+1 1:+0.5\n");
  CHECK(labels(data, 0) == Ints{1});
  CHECK(values(data, 0) == Floats{0.5f});
}

TEST_CASE("libsvm: a file of empty lines holds no data") {
  CHECK_ERROR(libsvm("\n\n"), "expected data, found no rows");
}
