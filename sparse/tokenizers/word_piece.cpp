#include "spout/sparse/tokenizers/word_piece.h"

#include <algorithm>
#include <utility>

namespace spout {
namespace {

int64_t num_chars(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; });
}

}  // namespace

WordPiece::WordPiece(PieceTable pieces, const Options& options)
    : pieces_(std::move(pieces)), options_(options) {
  for (int64_t i = 0; i < pieces_.size(); ++i)
    trie_.set(pieces_.piece(i), pieces_.id(i));
  inside_ = trie_.walk(options_.prefix);
  has_inside_ = inside_ != ByteTrie::kNoNode || options_.prefix.empty();
}

void WordPiece::encode(std::string_view piece, std::vector<int64_t>& ids) const {
  const size_t before = ids.size();
  const bool too_long = static_cast<int64_t>(piece.size()) > options_.max_chars &&
                        num_chars(piece) > options_.max_chars;
  size_t at = too_long ? piece.size() + 1 : 0;
  while (at < piece.size()) {
    if (at > 0 && !has_inside_) break;
    uint32_t node = at == 0 ? ByteTrie::kRoot : inside_;
    int64_t id = ByteTrie::kNoValue;
    size_t end = at;
    for (size_t i = at; i < piece.size(); ++i) {
      node = trie_.child(node, static_cast<unsigned char>(piece[i]));
      if (node == ByteTrie::kNoNode) break;
      if (trie_.value(node) != ByteTrie::kNoValue) {
        id = trie_.value(node);
        end = i + 1;
      }
    }
    if (id == ByteTrie::kNoValue) break;
    ids.push_back(id);
    at = end;
  }
  if (at == piece.size()) return;
  ids.resize(before);
  ids.push_back(options_.unknown);
}

}  // namespace spout
