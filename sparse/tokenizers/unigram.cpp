#include "spout/sparse/tokenizers/unigram.h"

#include <algorithm>
#include <utility>

#include "spout/sparse/text/unicode.h"
#include "spout/sparse/tokenizers/bpe.h"

namespace spout {

Unigram::Unigram(UnigramTokens tokens) : tokens_(std::move(tokens)) {
  for (int64_t i = 0; i < tokens_.pieces.size(); ++i) {
    const int64_t id = tokens_.pieces.id(i);
    if (tokens_.found_in_text[static_cast<size_t>(id)]) trie_.set(tokens_.pieces.piece(i), id);
  }
  for (size_t byte = 0; byte < bytes_.size(); ++byte) {
    bytes_[byte] = tokens_.pieces.find(byte_token(static_cast<int>(byte)));
  }
}

void Unigram::improve(Best& best, double score, int64_t id, size_t begin) const {
  if (tokens_.single_precision) score = static_cast<float>(score);
  if (best.reached && score <= best.score) return;
  best = {score, id, begin, true};
}

void Unigram::search(std::string_view piece, std::vector<Best>& best) const {
  best.assign(piece.size() + 1, Best());
  const char* end = piece.data() + piece.size();
  for (size_t begin = 0; begin < piece.size();) {
    const double before = best[begin].score;
    const auto bytes = static_cast<size_t>(read_code_point(piece.data() + begin, end).bytes);
    bool covered = false;
    uint32_t node = ByteTrie::kRoot;
    for (size_t i = begin; i < piece.size(); ++i) {
      node = trie_.child(node, static_cast<unsigned char>(piece[i]));
      if (node == ByteTrie::kNoNode) break;
      const int64_t id = trie_.value(node);
      if (id == ByteTrie::kNoValue) continue;
      improve(best[i + 1], tokens_.scores[static_cast<size_t>(id)] + before, id, begin);
      covered |= i + 1 == begin + bytes;
    }
    if (!covered) {
      improve(best[begin + bytes], tokens_.unknown_score + before, tokens_.unknown, begin);
    }
    begin += bytes;
  }
}

void Unigram::add_unknown(std::string_view piece, std::vector<int64_t>& ids) const {
  const int64_t id = tokens_.fused_may_be_token ? find(piece) : -1;
  const bool falls_back =
      id < 0 && tokens_.byte_fallback &&
      std::ranges::all_of(
          piece, [this](char c) { return bytes_[static_cast<unsigned char>(c)] >= 0; });
  if (!falls_back) {
    ids.push_back(id < 0 ? tokens_.unknown : id);
    return;
  }
  for (const char c : piece)
    ids.push_back(bytes_[static_cast<unsigned char>(c)]);
}

void Unigram::encode(std::string_view piece, std::vector<int64_t>& ids) const {
  thread_local std::vector<Best> best;
  thread_local std::vector<size_t> ends;
  search(piece, best);
  ends.clear();
  for (size_t end = piece.size(); end > 0; end = best[end].begin)
    ends.push_back(end);
  size_t unknown_from = 0;
  bool in_unknown = false;
  size_t begin = 0;
  for (size_t i = ends.size(); i-- > 0;) {
    const int64_t id = best[ends[i]].id;
    const bool is_unknown = id == tokens_.unknown;
    if (is_unknown && !in_unknown) unknown_from = begin;
    if (!is_unknown && in_unknown) {
      add_unknown(piece.substr(unknown_from, begin - unknown_from), ids);
    }
    if (!is_unknown) ids.push_back(id);
    in_unknown = is_unknown;
    begin = ends[i];
  }
  if (in_unknown) add_unknown(piece.substr(unknown_from), ids);
}

}  // namespace spout
