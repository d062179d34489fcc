#include "spout/sparse/tokenizers/bpe.h"

#include <utility>

#include "spout/sparse/text/unicode.h"

namespace spout {

std::string byte_token(int byte) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto value = static_cast<size_t>(byte);
  return std::string("<0x") + kDigits[value / 16] + kDigits[value % 16] + ">";
}

Bpe::Bpe(PieceTable pieces, MergeTable merges, const Options& options)
    : pieces_(std::move(pieces)), merges_(std::move(merges)), options_(options) {
  std::string letter;
  for (size_t point = 0; point < short_.size(); ++point) {
    letter.clear();
    append_utf8(letter, static_cast<char32_t>(point));
    short_[point] = pieces_.find(letter);
  }
  for (size_t byte = 0; byte < bytes_.size(); ++byte)
    bytes_[byte] = pieces_.find(byte_token(static_cast<int>(byte)));
}

int64_t Bpe::find_char(std::string_view letter, bool first, bool last) const {
  const bool plain = (first || options_.prefix.empty()) && (!last || options_.suffix.empty());
  if (plain && letter.size() <= 2) {
    const auto point = read_code_point(letter.data(), letter.data() + letter.size()).value;
    if (point < short_.size()) return short_[point];
  }
  if (plain) return pieces_.find(letter);
  std::string whole = first ? std::string() : options_.prefix;
  whole += letter;
  if (last) whole += options_.suffix;
  return pieces_.find(whole);
}

bool Bpe::fall_back(std::string_view letter, std::vector<int64_t>& symbols) const {
  const size_t before = symbols.size();
  for (const char c : letter) {
    const int64_t id = bytes_[static_cast<unsigned char>(c)];
    if (id < 0) {
      symbols.resize(before);
      return false;
    }
    symbols.push_back(id);
  }
  return true;
}

// A pending unknown token waits for the next known character, even behind bytes: so `tokenizers`.
void Bpe::start(std::string_view piece, std::vector<int64_t>& symbols) const {
  const char* end = piece.data() + piece.size();
  bool pending = false;
  for (const char* at = piece.data(); at != end;) {
    const auto bytes = static_cast<size_t>(read_code_point(at, end).bytes);
    const std::string_view letter(at, bytes);
    const bool first = at == piece.data();
    at += bytes;
    const int64_t id = find_char(letter, first, at == end);
    if (id >= 0) {
      if (pending) symbols.push_back(options_.unknown);
      pending = false;
      symbols.push_back(id);
    } else if (options_.byte_fallback && fall_back(letter, symbols)) {
      continue;
    } else if (options_.unknown >= 0) {
      if (pending && !options_.fuse_unknown) symbols.push_back(options_.unknown);
      pending = true;
    }
  }
  if (pending) symbols.push_back(options_.unknown);
}

void Bpe::encode(std::string_view piece, std::vector<int64_t>& ids) const {
  if (options_.ignore_merges) {
    const int64_t whole = pieces_.find(piece);
    if (whole >= 0) {
      ids.push_back(whole);
      return;
    }
  }
  thread_local std::vector<int64_t> symbols;
  symbols.clear();
  start(piece, symbols);
  merges_.join(symbols);
  ids.insert(ids.end(), symbols.begin(), symbols.end());
}

}  // namespace spout
