#include "spout/sparse/tokenizers/added_tokens.h"

#include <algorithm>

#include "spout/sparse/text/unicode.h"
#include "spout/sparse/tokenizers/point_sets.h"

namespace spout {
namespace {

// The point that ends before `at`.
CodePoint point_before(std::string_view text, size_t at) {
  size_t begin = at - 1;
  while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xC0U) == 0x80)
    --begin;
  return read_code_point(text.data() + begin, text.data() + at);
}

CodePoint point_at(std::string_view text, size_t at) {
  return read_code_point(text.data() + at, text.data() + text.size());
}

bool stands_alone(std::string_view text, size_t begin, size_t end) {
  if (begin > 0 && is_in(PointSet::kWord, point_before(text, begin).value)) return false;
  return end == text.size() || !is_in(PointSet::kWord, point_at(text, end).value);
}

size_t without_space_before(std::string_view text, size_t at, size_t least) {
  while (at > least) {
    const CodePoint point = point_before(text, at);
    if (!is_white_space(point.value)) break;
    at -= static_cast<size_t>(point.bytes);
  }
  return std::max(at, least);
}

size_t without_space_behind(std::string_view text, size_t at) {
  while (at < text.size()) {
    const CodePoint point = point_at(text, at);
    if (!is_white_space(point.value)) break;
    at += static_cast<size_t>(point.bytes);
  }
  return at;
}

}  // namespace

AddedTokens::AddedTokens(const std::vector<AddedToken>& tokens, const Normalizer* normalizer) {
  std::string content;
  for (const AddedToken& token : tokens) {
    content.clear();
    if (normalizer == nullptr) {
      content = token.content;
    } else {
      normalizer->append(token.content, content);
    }
    if (content.empty()) continue;
    const uint32_t node = trie_.walk(content);
    // The first of several tokens with the same normal form is the one that is found.
    if (node != ByteTrie::kNoNode && trie_.value(node) != ByteTrie::kNoValue) continue;
    trie_.set(content, static_cast<int64_t>(tokens_.size()));
    begins_[static_cast<unsigned char>(content.front())] = true;
    tokens_.push_back(token);
  }
}

void AddedTokens::find(std::string_view text, std::vector<AddedPart>& parts) const {
  parts.clear();
  size_t kept = 0;  // all text before this is in `parts`
  for (size_t at = 0; at < text.size() && !tokens_.empty();) {
    size_t length = 0;
    const bool may = begins_[static_cast<unsigned char>(text[at])];
    const int64_t found = may ? trie_.longest(text.substr(at), length) : ByteTrie::kNoValue;
    if (found == ByteTrie::kNoValue) {
      ++at;
      continue;
    }
    const AddedToken& token = tokens_[static_cast<size_t>(found)];
    size_t begin = at;
    size_t end = at + length;
    at = end;
    if (token.single_word && !stands_alone(text, begin, end)) continue;
    if (token.lstrip) begin = without_space_before(text, begin, std::min(kept, begin));
    if (token.rstrip) end = without_space_behind(text, end);
    begin = std::max(begin, kept);
    if (kept < begin) parts.push_back({text.substr(kept, begin - kept), -1});
    parts.push_back({text.substr(begin, end - std::min(begin, end)), token.id});
    kept = std::max(kept, end);
  }
  if (kept < text.size()) parts.push_back({text.substr(kept), -1});
}

}  // namespace spout
