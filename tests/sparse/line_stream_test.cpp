#include "spout/sparse/files/io/line_stream.h"

#include <zlib.h>

#include <array>
#include <fstream>
#include <iterator>

#include "spout/sparse/base/error.h"
#include "spout/sparse/files/io/line_reader.h"
#include "spout/tests/testing.h"

namespace spout {
namespace {

/// A pipe whose writing end the test holds.
class Pipe {
 public:
  Pipe() { REQUIRE(::pipe(ends_.data()) == 0); }
  ~Pipe() {
    close();
    ::close(ends_[0]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int reading() const { return ends_[0]; }
  void write(std::string_view text) const {
    REQUIRE(::write(ends_[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  void close() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  std::array<int, 2> ends_{};
};

TEST_CASE("line stream: what has arrived comes at once, in whole lines") {
  Pipe pipe;
  LineStream stream(pipe.reading(), "pipe");
  pipe.write("one\ntwo\nthr");
  CHECK(stream.next(10) == "one\ntwo\n");
  pipe.write("ee\n\nfour\n");
  CHECK(stream.next(2) == "three\n\n");
  CHECK(stream.next(2) == "four\n");
  pipe.write("end");
  pipe.close();
  CHECK(stream.next(2) == "end");
  CHECK(!stream.next(2));
}

TEST_CASE("line stream: a line longer than a block comes whole") {
  const testing::TempFolder folder;
  Pipe pipe;
  pipe.close();
  const std::string line(1000000, 'x');
  const std::string path = folder.write("a", line + "\nend\n");
  FILE* file = std::fopen(path.c_str(), "r");
  REQUIRE(file != nullptr);
  LineStream stream(::fileno(file), "a");
  CHECK(stream.next(1) == line + "\n");
  CHECK(stream.next(1) == "end\n");
  CHECK(!stream.next(1));
  std::fclose(file);
}

/// gzip data of a text, as zlib packs it.
std::string packed(std::string_view text) {
  testing::TempFolder folder;
  gzFile file = gzopen(folder.path("a.gz").c_str(), "wb");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
  std::ifstream bytes(folder.path("a.gz"), std::ios::binary);
  return {std::istreambuf_iterator<char>(bytes), {}};
}

TEST_CASE("line stream: gzip data are unpacked as they arrive, files one after another too") {
  Pipe pipe;
  const std::string first = packed("one\ntwo");
  pipe.write(first.substr(0, 7));
  pipe.write(first.substr(7) + packed(" three\n" + std::string(100000, 'x') + "\n"));
  pipe.close();
  LineStream stream(pipe.reading(), "pipe");
  CHECK(stream.next(1) == "one\n");
  CHECK(stream.next(1) == "two three\n");
  CHECK(stream.next(1) == std::string(100000, 'x') + "\n");
  CHECK(!stream.next(1));
}

TEST_CASE("line stream: damaged and truncated gzip data are refused") {
  const auto read = [](const std::string& bytes) {
    Pipe pipe;
    pipe.write(bytes);
    pipe.close();
    LineStream stream(pipe.reading(), "pipe");
    while (stream.next(1))
      continue;
  };
  const std::string good = packed("one\ntwo\n");
  CHECK_ERROR(read(good.substr(0, good.size() - 3)), "pipe: expected more gzip data");
  CHECK_ERROR(read("\x1f\x8b\x08" + std::string(30, '\xff')), "pipe: expected sound gzip data");
}

TEST_CASE("line reader: lines in memory are counted on from a number") {
  LineReader reader("pipe", "a\r\nb", 7);
  CHECK(reader.next() == "a");
  CHECK(reader.line() == 7);
  reader.mark();
  CHECK(reader.next() == "b");
  CHECK(reader.line() == 8);
  CHECK(!reader.next());
  reader.rewind();
  CHECK(reader.next() == "b");
}

}  // namespace
}  // namespace spout
