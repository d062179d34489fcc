// The pattern needs one look at each character's class, and for white space one step back.
#include "spout/sparse/tokenizers/byte_level.h"

#include <array>

#include "spout/sparse/text/unicode.h"
#include "spout/sparse/tokenizers/point_sets.h"

namespace spout {
namespace {

enum class Kind : uint8_t { kLetter, kNumber, kSpace, kOther };

Kind find_kind(char32_t point) {
  if (is_white_space(point)) return Kind::kSpace;
  if (is_in(PointSet::kLetter, point)) return Kind::kLetter;
  return is_in(PointSet::kNumber, point) ? Kind::kNumber : Kind::kOther;
}

Kind kind_of(char32_t point) {
  static const auto kAscii = [] {
    std::array<Kind, 0x80> kinds{};
    for (size_t i = 0; i < kinds.size(); ++i)
      kinds[i] = find_kind(static_cast<char32_t>(i));
    return kinds;
  }();
  return point < kAscii.size() ? kAscii[point] : find_kind(point);
}

// The characters are those of Latin-1 that can be printed; other bytes are U+0100 and on.
struct ByteCharacters {
  std::array<std::array<char, 2>, 256> letters{};
  std::array<uint8_t, 256> lengths{};

  ByteCharacters() {
    char32_t next = 0x100;
    for (char32_t byte = 0; byte < 256; ++byte) {
      const bool prints = (byte >= U'!' && byte <= U'~') || (byte >= 0xA1 && byte != 0xAD);
      std::string letter;
      append_utf8(letter, prints ? byte : next++);
      lengths[byte] = static_cast<uint8_t>(letter.size());
      for (size_t i = 0; i < letter.size(); ++i)
        letters[byte][i] = letter[i];
    }
  }
};

size_t contraction(std::string_view text) {
  constexpr std::array<std::string_view, 7> kEndings = {"'s", "'t",  "'re", "'ve",
                                                        "'m", "'ll", "'d"};
  for (const std::string_view ending : kEndings) {
    if (text.starts_with(ending)) return ending.size();
  }
  return 0;
}

const char* end_of_run(const char* at, const char* end, Kind kind) {
  while (at != end) {
    const CodePoint point = read_code_point(at, end);
    if (kind_of(point.value) != kind) break;
    at += point.bytes;
  }
  return at;
}

// White space up to the last one before other text, which the next match may begin with.
const char* end_of_space(const char* begin, const char* end) {
  const char* at = begin;
  const char* last = begin;
  while (at != end) {
    const CodePoint point = read_code_point(at, end);
    if (kind_of(point.value) != Kind::kSpace) return last == begin ? at : last;
    last = at;
    at += point.bytes;
  }
  return at;
}

const char* end_of_match(const char* at, const char* end) {
  if (*at == '\'') {
    const size_t size = contraction({at, static_cast<size_t>(end - at)});
    if (size > 0) return at + size;
  }
  const char* word = *at == ' ' && at + 1 != end ? at + 1 : at;
  const Kind kind = kind_of(read_code_point(word, end).value);
  return kind == Kind::kSpace ? end_of_space(at, end) : end_of_run(word, end, kind);
}

}  // namespace

void append_byte_characters(std::string_view text, std::string& out) {
  static const ByteCharacters kCharacters;
  const size_t before = out.size();
  out.resize(before + 2 * text.size());
  char* to = out.data() + before;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    to[0] = kCharacters.letters[byte][0];
    to[1] = kCharacters.letters[byte][1];
    to += kCharacters.lengths[byte];
  }
  out.resize(static_cast<size_t>(to - out.data()));
}

void ByteLevelPreTokenizer::split(std::string_view text, bool opens, Pieces& out) const {
  if (text.empty()) return;
  std::string spaced;
  if (add_prefix_space_ && text.front() != ' ') {
    spaced.reserve(text.size() + 1);
    spaced += ' ';
    spaced += text;
    text = spaced;
  }
  const char* end = text.data() + text.size();
  for (const char* at = text.data(); at != end;) {
    const char* next = use_regex_ ? end_of_match(at, end) : end;
    append_byte_characters({at, next}, out.letters());
    out.close(opens && at == text.data());
    at = next;
  }
}

}  // namespace spout
