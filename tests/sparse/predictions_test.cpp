// Prediction files: three endings, one matrix.
#include "spout/sparse/files/predictions.h"

#include "spout/sparse/files/text/prediction_text.h"
#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;

namespace {

using Ints = std::vector<int64_t>;

Csr small_matrix() {
  return make_csr(4, 9, {0, 3, 3, 4, 4}, {0, 3, 8, 1}, {0.25f, 0.5f, 0.5f, 1e-7f});
}

bool same(const Csr& a, const Csr& b) {
  return a.rows == b.rows && a.cols == b.cols && a.crow.equal(b.crow) && a.col.equal(b.col) &&
         a.values.equal(b.values);
}

Csr read_text(std::string_view text, int64_t cols = -1) {
  TempFolder folder;
  LineReader reader(folder.write("a.txt", text));
  return read_prediction_text(reader, cols);
}

}  // namespace

TEST_CASE("predictions: every ending reads back what it wrote") {
  TempFolder folder;
  for (const char* name : {"a.pt", "a.npz", "a.txt", "a.txt.gz"}) {
    for (const SparseLayout layout : {SparseLayout::kCsr, SparseLayout::kCsc}) {
      write_predictions(folder.path(name), small_matrix(), layout, true);
      CHECK(same(read_predictions(folder.path(name), 9), small_matrix()));
    }
  }
}

TEST_CASE("predictions: an existing file stays without overwrite") {
  TempFolder folder;
  for (const char* name : {"a.pt", "a.npz", "a.txt"}) {
    const std::string path = folder.write(name, "old");
    CHECK_ERROR(write_predictions(path, small_matrix()), "exists");
    CHECK(read_bytes(path) == "old");
  }
}

TEST_CASE("predictions: another ending is refused with those there are") {
  CHECK_ERROR(check_prediction_file("a.csv", false),
              "a.csv: expected a name that ends in .pt, .npz or .txt");
  CHECK_ERROR(write_predictions("a.csv", small_matrix()), "expected a name that ends in");
  CHECK_ERROR(read_predictions("a.csv"), "expected a name that ends in");
}

TEST_CASE("predictions: another number of columns is refused") {
  TempFolder folder;
  write_predictions(folder.path("a.npz"), small_matrix());
  CHECK_ERROR(read_predictions(folder.path("a.npz"), 10), "expected 10 columns, found 9");
}

TEST_CASE("prediction text: rows are ordered by falling score, ties by label") {
  TempFolder folder;
  write_prediction_text(folder.path("a.txt"), small_matrix());
  CHECK(read_bytes(folder.path("a.txt")) == "3:0.5 8:0.5 0:0.25\n\n1:1e-07\n\n");
}

TEST_CASE("prediction text: columns are counted where they are not given") {
  CHECK(read_text("3:0.5 8:0.5\n\n").cols == 9);
  CHECK(read_text("3:0.5 8:0.5\n\n").rows == 2);
  CHECK(read_text("3:0.5\n", 100).cols == 100);
  CHECK(read_text("").rows == 0);
}

TEST_CASE("prediction text: broken lines are refused with their number") {
  CHECK_ERROR(read_text("1:1\n9:1\n", 9), "a.txt:2: expected a label below 9, found 9");
  CHECK_ERROR(read_text("1:1 1:2\n"), "a.txt:1: expected each label once in a row, found 1 twice");
  CHECK_ERROR(read_text("1:nan\n"), "expected a finite number as the value of label 1");
  CHECK_ERROR(read_text("1\n"), "expected label:value, found \"1\"");
  CHECK_ERROR(read_text("-1:1\n"), "expected a label of 0 or more, found -1");
}

TEST_CASE("predictions: labels are called by their names, which may hold colons and blanks") {
  TempFolder folder;
  Vocabulary names;
  for (const char* name : {"New York", "b", "c", "a:b"})
    names.add(name);
  write_prediction_text(folder.path("a.txt"), small_matrix(), false, names);
  CHECK(read_bytes(folder.path("a.txt")) == "a:b:0.5\t8:0.5\tNew York:0.25\n\nb:1e-07\n\n");
  LineReader reader(folder.path("a.txt"));
  const Csr read = read_named_prediction_text(reader, names);
  CHECK(read.cols == 5);  // "8" has become a name
  CHECK(elements(read.row_columns(0)) == Ints{0, 3, 4});
  CHECK(elements(read.row_values(0)) == std::vector<float>{0.25f, 0.5f, 0.5f});
  CHECK(elements(read.row_columns(2)) == Ints{1});
}

TEST_CASE("predictions: named ones that are none are refused with their line") {
  const auto read = [](std::string_view text) {
    TempFolder folder;
    LineReader reader(folder.write("a.txt", text));
    Vocabulary names;
    return read_named_prediction_text(reader, names);
  };
  CHECK_ERROR(read("a:1\nb\n"), "a.txt:2: expected name:score, found \"b\"");
  CHECK_ERROR(read("a:x\n"), "a.txt:1: expected name:score, found \"a:x\"");
  CHECK_ERROR(read("a:1\tb:2\ta:3\n"), "expected each label once in a row, found \"a\" twice");
}

TEST_CASE("predictions: lines of them are told from documents") {
  const auto names_in = [](std::string_view text) {
    LineReader reader("a.txt", text, 1);
    return prediction_names(reader);
  };
  CHECK(names_in("3:0.5 1:-2\n") == PredictionNames::kNumbers);
  CHECK(names_in("\n3:0.5\n\n4:1 2:1\n") == PredictionNames::kNumbers);
  CHECK(names_in("a:0.5 1:-2\n") == PredictionNames::kNames);
  CHECK(names_in("New York:0.5\ta:b:1e-3\n") == PredictionNames::kNames);
  CHECK(names_in("7:0.5\t8:0.4\n9:1\n") == PredictionNames::kNames);
  CHECK(names_in("7:0.5\nfood:1\n") == PredictionNames::kNames);
  CHECK(names_in("7:0.5\n9:1\n") == PredictionNames::kEither);
  for (const char* other : {"{\"text\": \"x\"}", "topic:law\tat 10:30", "0,1 3:0.5", "2 3 4"})
    CHECK(names_in(other) == PredictionNames::kNone);
  CHECK(names_in("\n \n") == PredictionNames::kNothing);
}
