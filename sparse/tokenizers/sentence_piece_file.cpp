// A field of a message is a number, tag * 8 + kind, and a value: a varint, 8 or 4 bytes, or a
// length and as many bytes. Unknown fields are skipped.
#include "spout/sparse/tokenizers/sentence_piece_file.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "spout/sparse/base/error.h"
#include "spout/sparse/tokenizers/quoted_token.h"

namespace spout {
namespace {

struct Field {
  uint64_t tag = 0;
  uint64_t number = 0;       // a varint, or the bits of 4 or 8 bytes
  std::string_view bytes{};  // of a text or message
};

class Message {
 public:
  Message(const std::string& path, std::string_view bytes) : path_(path), bytes_(bytes) {}

  bool next(Field& field) {
    if (bytes_.empty()) return false;
    const uint64_t key = varint();
    field = {key >> 3, 0, {}};
    switch (key & 7U) {
      case 0:
        field.number = varint();
        break;
      case 1:
        field.number = fixed(8);
        break;
      case 2:
        field.bytes = take(varint());
        break;
      case 5:
        field.number = fixed(4);
        break;
      default:
        fail(fmt::format("a field of a known kind, found kind {}", key & 7U));
    }
    return true;
  }

  [[noreturn]] void fail(const std::string& expected) const {
    throw FileError(fmt::format("{}: expected {}", path_, expected));
  }

 private:
  std::string_view take(uint64_t size) {
    if (size > bytes_.size()) {
      fail(fmt::format("{} more bytes of a SentencePiece model, found {}", size, bytes_.size()));
    }
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

  uint64_t varint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1).front());
      value |= uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return value;
    }
    fail("a number of at most 10 bytes, found a longer one");
  }

  uint64_t fixed(size_t size) {
    uint64_t value = 0;
    std::memcpy(&value, take(size).data(), size);
    return value;
  }

  const std::string& path_;
  std::string_view bytes_;
};

SentencePiece read_piece(const std::string& path, std::string_view bytes) {
  SentencePiece piece;
  Message message(path, bytes);
  for (Field field; message.next(field);) {
    if (field.tag == 1) piece.text = field.bytes;
    if (field.tag == 2) {
      const auto bits = static_cast<uint32_t>(field.number);
      std::memcpy(&piece.score, &bits, sizeof(bits));
    }
    if (field.tag == 3) {
      if (field.number < 1 || field.number > 6) {
        message.fail(fmt::format("a type of a piece from 1 to 6, found {}", field.number));
      }
      piece.type = static_cast<SentencePieceType>(field.number);
    }
  }
  if (piece.text.empty()) message.fail("pieces with letters, found an empty one");
  if (!std::isfinite(piece.score)) {
    message.fail(fmt::format("finite scores, found that of {}", quoted_token(piece.text)));
  }
  return piece;
}

void read_trainer(const std::string& path, std::string_view bytes, SentencePieceFile& file) {
  Message message(path, bytes);
  for (Field field; message.next(field);) {
    if (field.tag == 3) file.model_type = field.number;
    if (field.tag == 24) file.whitespace_as_suffix = field.number != 0;
    if (field.tag == 35) file.byte_fallback = field.number != 0;
  }
}

void read_normalizer(const std::string& path, std::string_view bytes, SentencePieceFile& file) {
  Message message(path, bytes);
  for (Field field; message.next(field);) {
    if (field.tag == 2) file.charsmap = field.bytes;
    if (field.tag == 3) file.add_dummy_prefix = field.number != 0;
    if (field.tag == 4) file.remove_extra_whitespaces = field.number != 0;
    if (field.tag == 5) file.escape_whitespaces = field.number != 0;
  }
}

}  // namespace

SentencePieceFile read_sentence_piece_file(const std::string& path, std::string_view bytes) {
  SentencePieceFile file;
  Message message(path, bytes);
  for (Field field; message.next(field);) {
    if (field.tag == 1) file.pieces.push_back(read_piece(path, field.bytes));
    if (field.tag == 2) read_trainer(path, field.bytes, file);
    if (field.tag == 3) read_normalizer(path, field.bytes, file);
  }
  if (file.pieces.empty()) message.fail("a SentencePiece model with pieces, found none");
  return file;
}

}  // namespace spout
