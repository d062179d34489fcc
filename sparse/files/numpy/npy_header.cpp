// Reads the header of an .npy array. It is a Python dict literal of three known keys, and a small
// scanner accepts nothing else.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <string_view>

#include "spout/sparse/base/error.h"
#include "spout/sparse/base/numbers.h"
#include "spout/sparse/files/numpy/npy.h"

namespace spout {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kMaxHeaderBytes = 1 << 20;

class HeaderScanner {
 public:
  HeaderScanner(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  NpyHeader scan() {
    NpyHeader header;
    int keys = 0;
    expect('{');
    while (!accept('}')) {
      const std::string key = take_text();
      expect(':');
      if (key == "descr") {
        header.type = take_text();
        keys |= 1;
      } else if (key == "fortran_order") {
        header.fortran_order = take_bool();
        keys |= 2;
      } else if (key == "shape") {
        header.shape = take_shape();
        keys |= 4;
      } else {
        refuse();
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_blanks();
    if (keys != 7 || !text_.empty()) refuse();
    return header;
  }

 private:
  [[noreturn]] void refuse() const {
    throw FileError(fmt::format("{}: expected a NumPy header of a plain array, found {}", name_,
                                in_quotes(text_)));
  }

  void skip_blanks() {
    while (!text_.empty() && (is_blank(text_.front()) || text_.front() == '\n')) {
      text_.remove_prefix(1);
    }
  }

  bool accept(char c) {
    skip_blanks();
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  void expect(char c) {
    if (!accept(c)) refuse();
  }

  std::string take_text() {
    skip_blanks();
    if (text_.empty() || (text_.front() != '\'' && text_.front() != '"')) refuse();
    const size_t end = text_.find(text_.front(), 1);
    if (end == std::string_view::npos) refuse();
    std::string value(text_.substr(1, end - 1));
    text_.remove_prefix(end + 1);
    return value;
  }

  bool take_bool() {
    skip_blanks();
    for (const std::string_view word : {std::string_view("True"), std::string_view("False")}) {
      if (!text_.starts_with(word)) continue;
      text_.remove_prefix(word.size());
      return word == "True";
    }
    refuse();
  }

  std::vector<int64_t> take_shape() {
    std::vector<int64_t> shape;
    expect('(');
    while (!accept(')')) {
      int64_t size = 0;
      skip_blanks();
      const char* at = text_.data();
      if (!take_int(at, at + text_.size(), size) || size < 0) refuse();
      text_.remove_prefix(static_cast<size_t>(at - text_.data()));
      if (!text_.empty() && text_.front() == 'L') text_.remove_prefix(1);  // Python 2 wrote 12L
      shape.push_back(size);
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return shape;
  }

  std::string_view text_;
  const std::string& name_;
};

// The bytes per element: the number after the kind's letter, times four for U.
int64_t element_bytes(const NpyHeader& header, const std::string& name) {
  const std::string_view type = header.type;
  const bool known = type.size() >= 3 &&
                     std::string_view("<|").find(type[0]) != std::string_view::npos &&
                     std::string_view("fiubSU").find(type[1]) != std::string_view::npos;
  int64_t bytes = 0;
  if (!known || !parse_int(type.substr(2), bytes) || bytes < 1 || bytes > (1 << 20)) {
    throw FileError(fmt::format("{}: expected little-endian numbers, found elements of type {}{}",
                                name, in_quotes(type), advice_for_names(type)));
  }
  return type[1] == 'U' ? 4 * bytes : bytes;
}

std::string read_header_text(ByteSource& source) {
  std::array<unsigned char, 8> start = {};
  if (source.remaining() < start.size()) {
    throw FileError(source.name() + ": expected a NumPy array, found too few bytes");
  }
  source.read(start.data(), start.size());
  const std::string_view magic(reinterpret_cast<const char*>(start.data()), kMagic.size());
  const int version = start[6];
  if (magic != kMagic || version < 1 || version > 3) {
    throw FileError(source.name() + ": expected a NumPy array, found other data");
  }
  std::array<unsigned char, 4> length = {};
  source.read(length.data(), version == 1 ? 2 : 4);
  const size_t bytes =
      length[0] | size_t{length[1]} << 8 | size_t{length[2]} << 16 | size_t{length[3]} << 24;
  if (bytes > kMaxHeaderBytes || bytes > source.remaining()) {
    throw FileError(fmt::format("{}: expected a NumPy header, found {} bytes where it says {}",
                                source.name(), source.remaining(), bytes));
  }
  std::string text(bytes, '\0');
  source.read(text.data(), bytes);
  return text;
}

}  // namespace

std::string advice_for_names(std::string_view type) {
  if (type.find_first_of("OSU") == std::string_view::npos) return "";
  return "; scikit-learn's MultiLabelBinarizer makes a matrix of names";
}

NpyHeader read_npy_header(ByteSource& source) {
  const std::string text = read_header_text(source);
  NpyHeader header = HeaderScanner(text, source.name()).scan();
  int64_t bytes = element_bytes(header, source.name());
  bool overflow = false;
  for (const int64_t size : header.shape) {
    overflow = overflow || __builtin_mul_overflow(header.count, size, &header.count);
  }
  overflow = overflow || __builtin_mul_overflow(bytes, header.count, &bytes);
  if (overflow || static_cast<uint64_t>(bytes) != source.remaining()) {
    throw FileError(fmt::format("{}: expected {} bytes for its shape and type, found {}",
                                source.name(), overflow ? "too many" : std::to_string(bytes),
                                source.remaining()));
  }
  return header;
}

}  // namespace spout
