// Formats found out from the content, and texts that could be two things.
#include "spout/sparse/files/text/format.h"

#include "spout/sparse/base/error.h"
#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;

namespace {

DataFormat detect(std::string_view text) {
  TempFolder folder;
  LineReader reader(folder.write("a.txt", text));
  const DataFormat format = detect_format(reader);
  CHECK(reader.line() == 0);
  return format;
}

constexpr const char* kXmcOrAdjacency = "a.txt: could be xmc or adjacency";

}  // namespace

TEST_CASE("format: three integers and then features are xmc") {
  CHECK(detect("2 5 4\n0,3 1:0.5\n2 0:1\n") == DataFormat::kXmc);
  CHECK(detect("3 5 4\n0\n\n2 0:1\n") == DataFormat::kXmc);
}

TEST_CASE("format: three integers and then label lists are xmc") {
  CHECK(detect("2 5 4\n0,3\n2\n") == DataFormat::kXmc);
}

TEST_CASE("format: three integers and more rows than the first says are adjacency") {
  CHECK(detect("0 1 2\n1 3 4\n2 5 6 7\n") == DataFormat::kAdjacency);
  CHECK(detect("1 1 2\n2 3 4\n3 5\n") == DataFormat::kAdjacency);
}

TEST_CASE("format: three integers and fewer rows than the first says are adjacency") {
  CHECK(detect("7 1 2\n8 3\n") == DataFormat::kAdjacency);
}

TEST_CASE("format: three integers and as many rows of integers are ambiguous") {
  CHECK_ERROR(detect("2 5 4\n0\n2\n"), kXmcOrAdjacency);
  CHECK_ERROR(detect("2 5 4\n0 1\n2 3 4\n"), kXmcOrAdjacency);
  CHECK_ERROR(detect("2 5 4\n0\n2\n\n"), kXmcOrAdjacency);
  CHECK_ERROR(detect("0 5 4\n"), kXmcOrAdjacency);
}

TEST_CASE("format: features without a header are libsvm") {
  CHECK(detect("0,3 1:0.5\n") == DataFormat::kLibsvm);
  CHECK(detect(" 1:0.5\n2 1:1\n") == DataFormat::kLibsvm);
  CHECK(detect("1:0.5 2:1\n") == DataFormat::kLibsvm);
  CHECK(detect("3\n2 1:1\n") == DataFormat::kLibsvm);
  CHECK(detect("3,4\n2 1:1\n") == DataFormat::kLibsvm);
}

TEST_CASE("format: whole lines of integers are adjacency") {
  CHECK(detect("0 1 2 3\n1 5\n2\n") == DataFormat::kAdjacency);
  CHECK(detect("0 1\n1 5 6\n") == DataFormat::kAdjacency);
}

TEST_CASE("format: names with integers behind them are adjacency if their number differs") {
  CHECK(detect("anna 5 17 40\nbert 2\n") == DataFormat::kAdjacency);
  CHECK(detect("anna 5\nbert 2 3\n") == DataFormat::kAdjacency);
  CHECK(detect("anna 5 17 40 3 6\nbert 2\n") == DataFormat::kAdjacency);
  CHECK_ERROR(detect("anna 5\nbert 2\n"), "could be adjacency or pairs");
  CHECK_ERROR(detect("anna 5 17 40\nbert a b\n"), "a.txt:2: expected data in a known format");
  CHECK_ERROR(detect("chapter 1\nthe beginning\n"), "a.txt:2: expected data in a known format");
  CHECK_ERROR(detect("0.5 1 0 1 1\n0.2 0\n"), "expected data in a known format");
}

TEST_CASE("format: as many integers behind every user are adjacency or pairs") {
  constexpr const char* kEither = "could be adjacency or pairs";
  CHECK_ERROR(detect("0 1\n0 2\n1 5\n"), kEither);
  CHECK_ERROR(detect("1\t10\t5\n1\t20\t3\n2\t10\t4\n"), kEither);
  CHECK_ERROR(detect("7 1 2\n8 3 4\n"), kEither);
  CHECK_ERROR(detect("0 1 2 3\n1 5 6 7\n"), kEither);
  CHECK_ERROR(detect("ann 3 5\nbob 2 7\n"), kEither);
  CHECK_ERROR(detect("ann\t3\t5\t6\nbob\t2\t7\t1\n"), kEither);
  CHECK_ERROR(detect("1 10 5\nann 10 3\n"), kEither);
}

TEST_CASE("format: what no item's number could be tells pairs") {
  CHECK(detect("1 10 5\n1 20 3.5\n") == DataFormat::kPairs);
  CHECK(detect("ann 3 5\nbob 2 4.5\n") == DataFormat::kPairs);
  CHECK(detect("1::10::5\n1::20::3\n") == DataFormat::kPairs);
  CHECK(detect("1,10,5\n1,20,3\n") == DataFormat::kPairs);
  CHECK(detect("ann,10,5\nbob,20,3\n") == DataFormat::kPairs);
}

TEST_CASE("format: a rating and a time on every line are pairs") {
  CHECK(detect("196\t242\t3\t881250949\n186\t302\t3\t891717742\n") == DataFormat::kPairs);
  CHECK(detect("ann 242 3 881250949\nbob 302 1 891717742\n") == DataFormat::kPairs);
  CHECK_ERROR(detect("1 242 3 881250949\n2 302 3 7\n"), "could be adjacency or pairs");
}

TEST_CASE("format: NumPy's files are known by their first bytes") {
  CHECK(detect("PK\x03\x04rest") == DataFormat::kNpz);
  CHECK(detect("\x93NUMPY rest") == DataFormat::kNpz);
}

TEST_CASE("format: JSON objects with a text are documents") {
  CHECK(detect("{\"text\": \"x\"}\n") == DataFormat::kText);
  CHECK(detect("\n{\"labels\": [1], \"text\": \"x\"}\n") == DataFormat::kText);
  CHECK_ERROR(detect("{\"txt\": \"x\"}\n"), "expected data in a known format");
  CHECK_ERROR(detect("{\"text\": \n"), "expected data in a known format");
}

TEST_CASE("format: labels, a tab and a sentence are documents") {
  const std::string sentence = "a sentence of more words than the name of an item would ever have";
  CHECK(detect("news\t" + sentence + "\n") == DataFormat::kText);
  CHECK(detect("news\tshort text\n\nsport\t" + sentence + "\n") == DataFormat::kText);
  CHECK(detect("\t" + sentence + "\n") == DataFormat::kText);
}

TEST_CASE("format: a tab and a few words are documents, or items by name") {
  constexpr const char* kEither = "a.txt: could be text or pairs";
  CHECK_ERROR(detect("news\tshort text\n"), kEither);
  CHECK_ERROR(detect("ann\tThe Matrix\nbob\tBrazil\n"), kEither);
}

TEST_CASE("format: numbers and tabs alone are never documents") {
  CHECK_ERROR(detect("1 2\t3:4 5:x\n"), "expected data in a known format");
  CHECK(detect("0,3\t1:0.5 4:2\n") == DataFormat::kLibsvm);
  CHECK(detect("ann\tThe Matrix\t4.5\n") == DataFormat::kPairs);
  CHECK_ERROR(detect("a sentence without a tab is what anything could be, so it is refused\n"),
              "expected data in a known format");
}

TEST_CASE("format: an empty file is refused") {
  CHECK_ERROR(detect(""), "expected data, found an empty file");
  CHECK_ERROR(detect("\n \n"), "expected data, found an empty file");
}

TEST_CASE("format: any other content is refused with what is known") {
  for (const char* text :
       {"hello world\n", "0 1 2\nhello\n", "a,b,c\n1,2,3\n", "4\nhello\n", "{\"a\": 1}\n"}) {
    CHECK_ERROR(detect(text), "expected data in a known format (xmc, libsvm, ");
  }
}

TEST_CASE("format: a comma and a blank may be pairs, or a user with a comma in the name") {
  CHECK_ERROR(detect("1,2 3\n"), "could be adjacency or pairs");
  CHECK(detect("1, 2, 3\n") == DataFormat::kPairs);
}

TEST_CASE("format: half of the two-file variant is recognised and refused") {
  CHECK_ERROR(detect("2 5\n1:1 2:1\n3:1\n"), "found one half of the two-file variant");
}

TEST_CASE("format: what this version cannot read says so") {
  TempFolder folder;
  LineReader reader(folder.write("a.txt", "0 1 2 3\n"));
  CHECK_ERROR(read_text_data(reader, DataFormat::kAdjacency), "looks like adjacency text");
  CHECK_ERROR(read_text_data(reader, DataFormat::kNpz), "give X.npz,Y.npz");
}

TEST_CASE("format: detection and reading work on one reader") {
  TempFolder folder;
  LineReader reader(folder.write("a.txt", "2 5 4\n0,3 1:0.5\n2 0:1\n"));
  const DataFormat format = detect_format(reader);
  CHECK(read_text_data(reader, format).x.rows == 2);
}

TEST_CASE("format: every format has a name, in the order of the enumeration") {
  for (const DataFormatEntry& entry : data_formats()) {
    CHECK(format_name(entry.format) == entry.name);
    CHECK(!entry.help.empty());
  }
}
