#include "spout/sparse/files/io/line_stream.h"

#include <array>

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

TEST_CASE("line stream: gzip data are refused") {
  Pipe pipe;
  pipe.write("\x1f\x8b\x08");
  LineStream stream(pipe.reading(), "pipe");
  CHECK_ERROR(stream.next(1), "pipe: expected lines of text, found gzip data");
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
