// Tokens that are found in the text before everything else: special ones such as [MASK], and those
// that were added to a trained vocabulary. Of two that begin at the same place the longer wins.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "spout/sparse/tokenizers/byte_trie.h"
#include "spout/sparse/tokenizers/normalizer.h"

namespace spout {

struct AddedToken {
  std::string content{};
  int64_t id = 0;
  bool single_word = false;  // only where no word goes on at either end
  bool lstrip = false;       // with the white space before it
  bool rstrip = false;       // with the white space behind it
  bool normalized = true;    // looked for in the normalised text, in its own normal form
  bool special = false;
};

/// A part of a text: a token, or the text between two.
struct AddedPart {
  std::string_view text;
  int64_t id = -1;  // -1: text
};

class AddedTokens {
 public:
  AddedTokens() = default;

  /// Takes the tokens that are looked for in one kind of text.
  ///   normalizer   of the text, for the tokens; null: none
  AddedTokens(const std::vector<AddedToken>& tokens, const Normalizer* normalizer);

  bool empty() const { return tokens_.empty(); }

  /// Replaces `parts` by those of `text`.
  void find(std::string_view text, std::vector<AddedPart>& parts) const;

 private:
  std::vector<AddedToken> tokens_;
  ByteTrie trie_;  // of indices of tokens_
  std::vector<bool> begins_ = std::vector<bool>(256);
};

}  // namespace spout
