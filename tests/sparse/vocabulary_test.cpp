#include "spout/sparse/files/text/vocabulary_file.h"

#include <filesystem>

#include "spout/sparse/base/error.h"
#include "spout/sparse/base/name.h"
#include "spout/sparse/files/io/text_writer.h"
#include "spout/tests/testing.h"

namespace spout {
namespace {

TEST_CASE("vocabulary: names keep the numbers of their first use, through growth") {
  Vocabulary names;
  CHECK(names.find("a") == -1);
  for (int round = 0; round < 2; ++round) {
    for (int64_t i = 0; i < 10000; ++i)
      CHECK(names.add("name" + std::to_string(i)) == i);
  }
  CHECK(names.size() == 10000);
  CHECK(names.find("name9999") == 9999);
  CHECK(names.find("name10000") == -1);
  CHECK(names.name(0) == "name0");
  CHECK(names.name(4321) == "name4321");
}

TEST_CASE("vocabulary: the empty name is a name") {
  Vocabulary names;
  CHECK(names.add("x") == 0);
  CHECK(names.add("") == 1);
  CHECK(names.find("") == 1);
  CHECK(names.name(1).empty());
}

TEST_CASE("names: what would break a file of names is refused where it is read") {
  Vocabulary names;
  CHECK(add_name(names, "caf\xC3\xA9 \"x\":,", "a.txt", 3) == 0);
  CHECK(add_name(names, std::string(100000, 'x'), "a.txt", 3) == 1);
  for (const char* bad : {"a\tb", "a\nb", "a\r", "\x7f", "\x1b[0m"}) {
    CHECK_ERROR(add_name(names, bad, "a.txt", 3),
                "a.txt:3: expected a name without control characters");
  }
  CHECK_ERROR(add_name(names, "", "a.txt", 3), "a.txt:3: expected a name, found none");
  CHECK_ERROR(add_name(names, "\xEF\xBB\xBFx", "a.txt", 3), "byte order mark");
}

TEST_CASE("vocabulary: a written file reads back, and a name given twice is refused") {
  const std::string path = (std::filesystem::temp_directory_path() / "vocabulary.txt").string();
  Vocabulary names;
  for (const char* name : {"\xEF\xBB\xBF"
                           "caf\xC3\xA9",
                           "x y\r", "", "\xE6\x97\xA5"})
    names.add(name);
  write_vocabulary(path, names);
  const Vocabulary read = read_vocabulary(path);
  REQUIRE(read.size() == names.size());
  for (int64_t id = 0; id < names.size(); ++id)
    CHECK(read.name(id) == names.name(id));
  TextWriter writer(path, /*overwrite=*/true);
  writer.append("a\nb\na\n");
  writer.commit();
  CHECK_THROWS_WITH_AS(read_vocabulary(path),
                       (path + ":3: expected a name of its own, found \"a\" again").c_str(),
                       FileError);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace spout
