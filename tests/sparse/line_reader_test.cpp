// Lines from plain, compressed, piped, damaged and absent files.
#include "spout/sparse/files/io/line_reader.h"

#include <zlib.h>

#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;

namespace {

std::vector<std::string> all_lines(LineReader& reader) {
  std::vector<std::string> lines;
  while (const auto line = reader.next())
    lines.emplace_back(*line);
  return lines;
}

std::vector<std::string> all_lines(const std::string& path) {
  LineReader reader(path);
  return all_lines(reader);
}

std::string write_gz(const TempFolder& folder, const std::string& name, std::string_view text) {
  const std::string path = folder.path(name);
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
  return path;
}

std::string many_lines() {
  std::string text;
  for (int i = 0; i < 100000; ++i)
    text += std::to_string(i) + " some words\n";
  return text;
}

// Standard input from a file for the length of a scope.
class StandardInput {
 public:
  explicit StandardInput(const std::string& command) : saved_(::dup(STDIN_FILENO)) {
    // NOLINTNEXTLINE(bugprone-command-processor): a shell of our own words
    pipe_ = ::popen(command.c_str(), "r");
    ::dup2(::fileno(pipe_), STDIN_FILENO);
  }
  ~StandardInput() {
    ::dup2(saved_, STDIN_FILENO);
    ::close(saved_);
    ::pclose(pipe_);
  }
  StandardInput(const StandardInput&) = delete;
  StandardInput& operator=(const StandardInput&) = delete;

 private:
  int saved_;
  FILE* pipe_;
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("line reader: lines lose their ends, of Unix and of Windows") {
  TempFolder folder;
  CHECK(all_lines(folder.write("a", "one\ntwo\r\n\nfour\n")) == Lines{"one", "two", "", "four"});
}

constexpr size_t kBlock = (size_t{1} << 18) - 1;  // so that \r is the last byte of a block

TEST_CASE("line reader: lines may end in a return, as on old Macs") {
  TempFolder folder;
  CHECK(all_lines(folder.write("a", "one\rtwo\r\rfour")) == Lines{"one", "two", "", "four"});
  CHECK(all_lines(folder.write("b", "one\rtwo\nthree\n")) == Lines{"one", "two", "three"});
  CHECK(all_lines(folder.write("d", "one\r\r\ntwo\r\n\rx")) == Lines{"one", "two", "", "x"});
  std::string long_text(kBlock, 'x');
  CHECK(all_lines(folder.write("e", long_text + "\r\n" + long_text + "\r")) ==
        Lines{long_text, long_text});
  LineReader memory("c", "one\rtwo\r", 1);
  CHECK(all_lines(memory) == Lines{"one", "two"});
}

TEST_CASE("line reader: lines of our own files keep every byte but the end") {
  TempFolder folder;
  LineReader reader(folder.write("a", "\xEF\xBB\xBFone\r\ntwo\r\n"), LineText::kOwn);
  CHECK(all_lines(reader) == Lines{"\xEF\xBB\xBFone\r", "two\r"});
}

TEST_CASE("line reader: a sample is read once more") {
  LineReader reader("a", "one\n\n \ntwo\nthree\n", 1);
  CHECK(sample_lines(reader, 4) == Lines{"one", "two"});
  CHECK(all_lines(reader) == Lines{"one", "", " ", "two", "three"});
}

TEST_CASE("line reader: a last line without an end is a line") {
  TempFolder folder;
  CHECK(all_lines(folder.write("a", "one\ntwo")) == Lines{"one", "two"});
}

TEST_CASE("line reader: an empty file has no lines") {
  TempFolder folder;
  CHECK(all_lines(folder.write("a", "")).empty());
}

TEST_CASE("line reader: a byte order mark is no part of the first line") {
  TempFolder folder;
  CHECK(all_lines(folder.write("a",
                               "\xEF\xBB\xBF"
                               "1 2 3\n")) == Lines{"1 2 3"});
}

TEST_CASE("line reader: lines are counted from 1") {
  TempFolder folder;
  LineReader reader(folder.write("a", "one\ntwo\n"));
  CHECK(reader.line() == 0);
  reader.next();
  CHECK(reader.line() == 1);
  reader.next();
  CHECK(!reader.next());
  CHECK(reader.line() == 2);
}

TEST_CASE("line reader: a gzip file reads like the text in it") {
  TempFolder folder;
  const std::string text = many_lines();
  const auto lines = all_lines(write_gz(folder, "a.gz", text));
  CHECK(lines.size() == 100000);
  CHECK(lines == all_lines(folder.write("a", text)));
}

TEST_CASE("line reader: a line longer than the buffer comes whole") {
  TempFolder folder;
  const std::string line(3000000, 'x');
  CHECK(all_lines(folder.write("a", "a\n" + line + "\nb\n")) == Lines{"a", line, "b"});
}

TEST_CASE("line reader: rewind goes back to the mark, over many blocks") {
  TempFolder folder;
  LineReader reader(folder.write("a", many_lines()));
  reader.next();
  reader.mark();
  const auto first = all_lines(reader);
  reader.rewind();
  CHECK(reader.line() == 1);
  CHECK(all_lines(reader) == first);
  CHECK(first.size() == 99999);
}

TEST_CASE("line reader: standard input can be marked and rewound") {
  TempFolder folder;
  const std::string path = folder.write("a", many_lines());
  StandardInput input("cat " + path);
  LineReader reader("-");
  CHECK(reader.path() == "standard input");
  reader.mark();
  CHECK(all_lines(reader).size() == 100000);
  reader.rewind();
  CHECK(all_lines(reader) == all_lines(path));
}

TEST_CASE("line reader: compressed standard input is understood") {
  TempFolder folder;
  StandardInput input("cat " + write_gz(folder, "a.gz", "one\ntwo\n"));
  CHECK(all_lines("-") == Lines{"one", "two"});
}

TEST_CASE("line reader: a truncated gzip file is refused") {
  TempFolder folder;
  const std::string bytes = read_bytes(write_gz(folder, "a.gz", many_lines()));
  for (const size_t size : {size_t{12}, bytes.size() / 2, bytes.size() - 1}) {
    const std::string path = folder.write("b.gz", bytes.substr(0, size));
    CHECK_ERROR(all_lines(path), "b.gz: expected more gzip data, found the end of the file");
  }
}

TEST_CASE("line reader: a damaged gzip file is refused") {
  TempFolder folder;
  std::string bytes = read_bytes(write_gz(folder, "a.gz", many_lines()));
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x40);
  CHECK_ERROR(all_lines(folder.write("b.gz", bytes)), "expected sound gzip data, found damage");
}

TEST_CASE("line reader: a missing file is named") {
  CHECK_ERROR(LineReader("/nowhere/a.txt"), "/nowhere/a.txt: cannot open: No such file");
}

TEST_CASE("line reader: a folder is refused") {
  TempFolder folder;
  CHECK_ERROR(LineReader(folder.path("")), "expected a file, found a folder");
}

TEST_CASE("line reader: a file without read permission is refused") {
  TempFolder folder;
  const std::string path = folder.write("a", "x\n");
  std::filesystem::permissions(path, std::filesystem::perms::none);
  const Unprivileged user;
  CHECK_ERROR(LineReader{path}, "cannot open: Permission denied");
}

TEST_CASE("lines: gzip data that unpack to a thousand times their size are refused") {
  TempFolder folder;
  const std::string member = read_bytes(write_gz(folder, "a.gz", std::string(1 << 22, '\n')));
  std::string bomb;  // members one after the other are one text
  for (int i = 0; i < 65; ++i)
    bomb += member;
  LineReader reader(folder.write("b.gz", bomb));
  const auto read = [&] {
    while (reader.next())
      continue;
  };
  CHECK_ERROR(read(), "b.gz: expected gzip data of text, found 26");
}
