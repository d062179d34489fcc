#include "spout/sparse/tokenizers/sentence_piece_normalizer.h"

#include "spout/sparse/text/unicode.h"

namespace spout {

std::string_view SentencePieceNormalizer::first(std::string_view text, size_t& length) const {
  if (user_defined_.longest(text, length) != ByteTrie::kNoValue) return text.substr(0, length);
  const Charsmap::Match match = map_.longest(text);
  if (match.length > 0) {
    length = match.length;
    return match.by;
  }
  length = static_cast<size_t>(read_code_point(text.data(), text.data() + text.size()).bytes);
  return text.substr(0, length);
}

void SentencePieceNormalizer::append(std::string_view text, std::string& out) const {
  const bool tidies = options_.remove_extra_whitespaces;
  const std::string_view blank = options_.escape_whitespaces ? kBlankMark : std::string_view(" ");
  size_t length = 0;
  while (tidies && !text.empty() && first(text, length) == " ")
    text.remove_prefix(length);
  if (text.empty()) return;
  const size_t before = out.size();
  if (options_.add_dummy_prefix) out += blank;
  bool after_blank = tidies;
  while (!text.empty()) {
    std::string_view letters = first(text, length);
    while (after_blank && letters.starts_with(' '))
      letters.remove_prefix(1);
    for (const char c : letters) {
      if (c == ' ') {
        out += blank;
      } else {
        out += c;
      }
    }
    if (!letters.empty()) after_blank = tidies && letters.ends_with(' ');
    text.remove_prefix(length);
  }
  while (tidies && out.size() > before && std::string_view(out).substr(before).ends_with(blank))
    out.erase(out.size() - blank.size());
}

}  // namespace spout
