// Documents with labels: both forms on disk, names known before, broken lines.
#include "spout/sparse/files/text/documents.h"

#include "spout/sparse/base/error.h"
#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;

namespace {

using Ints = std::vector<int64_t>;
using Texts = std::vector<std::string>;

Documents read(std::string_view text, const Vocabulary* known = nullptr) {
  TempFolder folder;
  LineReader reader(folder.write("a.txt", text));
  return read_documents(reader, known);
}

Ints labels(const Documents& documents, int64_t row) {
  return elements(documents.y.row_columns(row));
}

}  // namespace

TEST_CASE("documents: labels by name before a tab, numbered in order of first use") {
  const Documents read_ones = read("sport news\tA match\tof two\nnews\tA vote\r\n");
  CHECK(read_ones.texts == TextList{"A match\tof two", "A vote"});
  check(read_ones.y);
  CHECK(labels(read_ones, 0) == Ints{0, 1});
  CHECK(labels(read_ones, 1) == Ints{1});
  CHECK(read_ones.labels.name(0) == "sport");
  CHECK(read_ones.unseen_labels == 2);
}

TEST_CASE("documents: an empty line is a document, one without a tab has no labels") {
  const Documents documents = read("news\ttext\n\nno label: {here}\n\tnone here\nnews\t\n\n");
  CHECK(documents.texts == TextList{"text", "", "no label: {here}", "none here", "", ""});
  CHECK(documents.y.rows == 6);
  CHECK(documents.y.nnz() == 2);
  CHECK(labels(documents, 4) == Ints{0});
}

TEST_CASE("documents: a label named twice is kept once and counted") {
  const Documents documents = read("b a b b\ttext\n");
  CHECK(labels(documents, 0) == Ints{0, 1});
  CHECK(documents.duplicate_labels == 2);
}

TEST_CASE("documents: commas are part of a label") {
  CHECK(read("a,b c\ttext\n").labels.name(0) == "a,b");
}

TEST_CASE("documents: labels not known before are numbered after those that are") {
  Vocabulary known;
  known.add("sport");
  known.add("news");
  const Documents documents = read("news arts\tx\narts law\ty\n", &known);
  CHECK(labels(documents, 0) == Ints{1, 2});
  CHECK(labels(documents, 1) == Ints{2, 3});
  CHECK(documents.y.cols == 4);
  CHECK(documents.unseen_labels == 2);
  CHECK(documents.unseen_entries == 3);
}

TEST_CASE("documents: JSON lines with labels of text or numbers") {
  const Documents documents = read(
      "{\"text\": \"Caf\\u00e9 a\\tb\\nc\", \"labels\": [\"New York\", 7], \"id\": [1]}\n"
      "{\"labels\": null, \"text\": \"\"}\n\n{ \"text\": \"x\", \"labels\": [7, \"7\"]}\n");
  CHECK(documents.texts == TextList{"Caf\xC3\xA9 a\tb\nc", "", "", "x"});
  CHECK(labels(documents, 0) == Ints{0, 1});
  CHECK(labels(documents, 3) == Ints{1});
  CHECK(documents.labels.name(0) == "New York");
  CHECK(documents.labels.name(1) == "7");
  CHECK(documents.duplicate_labels == 1);
}

TEST_CASE("documents: a lone label of JSON may be a text, a number or a list") {
  const Documents documents = read(
      "{\"text\": \"x\", \"label\": \"New York\"}\n{\"text\": \"y\", \"label\": 7}\n"
      "{\"text\": \"z\", \"label\": [7, \"a\"]}\n{\"text\": \"\", \"label\": null}\n");
  CHECK(labels(documents, 0) == Ints{0});
  CHECK(labels(documents, 1) == Ints{1});
  CHECK(labels(documents, 2) == Ints{1, 2});
  CHECK(labels(documents, 3).empty());
}

TEST_CASE("documents: JSON over several lines, lists and tables are refused") {
  CHECK_ERROR(read("{\n\"text\": \"x\"}\n"), "a.txt:1: expected a JSON object in each line");
  CHECK_ERROR(read("[\n"), "a.txt:1: expected a JSON object in each line");
  CHECK_ERROR(read("[{\"text\": \"x\"}]\n"), "jq -c '.[]'");
  CHECK_ERROR(read("1\tnews\ttext\n2\tsport\tmore\n"), "found 2 tabs in every line");
  CHECK(read("news\ta\tb\nsport\tmore\n").texts == TextList{"a\tb", "more"});
}

TEST_CASE("documents: lines that are not such JSON are refused by number") {
  const auto second = [](const std::string& line) {
    return error_of([&] { read("{\"text\": \"x\"}\n" + line + "\n"); });
  };
  const auto holds = [](const std::string& error, std::string_view part) {
    INFO(error);
    CHECK(error.find("a.txt:2: expected " + std::string(part)) != std::string::npos);
  };
  holds(second("plain"), "a JSON object with a \"text\", found \"plain\"");
  holds(second("{\"text\": \"x\""), "a JSON object");
  holds(second("[1]"), "a JSON object");
  holds(second("{\"txt\": \"x\"}"), "a key \"text\", found none in");
  holds(second("{\"text\": 3}"), "a text as \"text\", found \"3\"");
  holds(second("{\"text\": \"x\", \"labels\": \"a\"}"), "a list as \"labels\"");
  holds(second("{\"text\": \"x\", \"labels\": [1.5]}"),
        "labels of text or integers, found \"1.5\"");
  holds(second("{\"text\": \"x\", \"labels\": [[1]]}"),
        "labels of text or integers, found an array");
  holds(second("{\"text\": \"x\", \"labels\": [\"a\\nb\"]}"), "a name without control characters");
  holds(second("{\"text\": \"x\", \"labels\": [\"\"]}"), "a name, found none");
  holds(second("{\"text\": \"x\", \"label\": \"a\", \"labels\": []}"),
        "a key \"labels\" or \"label\" once");
  holds(second("{\"text\": NaN}"), "a JSON object, found");
}

TEST_CASE("documents: nesting of any depth is refused, not followed") {
  const std::string deep(1'000'000, '[');
  CHECK_ERROR(read("{\"text\": \"x\", \"labels\": " + deep + "\n"), "a.txt:1: expected a JSON");
  const std::string closed = deep + std::string(deep.size(), ']');
  CHECK_ERROR(read("{\"text\": \"x\", \"labels\": " + closed + "}\n"), "found an array");
}

TEST_CASE("documents: broken UTF-8 is replaced and counted in both forms") {
  const Documents documents = read("a\tx\xFFy \xE2\x82\nb\xFE\tz\n");
  CHECK(documents.texts == TextList{"x\xEF\xBF\xBDy \xEF\xBF\xBD", "z"});
  CHECK(documents.broken_utf8 == 3);
  CHECK(documents.labels.name(1) == "b\xEF\xBF\xBD");
  CHECK(read("{\"text\": \"x\xFF\"}\n").texts == TextList{"x\xEF\xBF\xBD"});
}

TEST_CASE("documents: lines of 10 MB are read") {
  const std::string text(10'000'000, 'x');
  CHECK(read("a\t" + text + "\n").texts[0].size() == text.size());
  CHECK(read("{\"text\": \"" + text + "\"}\n").texts[0].size() == text.size());
}
