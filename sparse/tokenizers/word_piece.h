// WordPiece, the model of BERT: a word is cut, from its beginning, into the longest pieces that are
// in the vocabulary. A word that cannot be cut is one unknown token.
#pragma once

#include <string>

#include "spout/sparse/tokenizers/byte_trie.h"
#include "spout/sparse/tokenizers/model.h"
#include "spout/sparse/tokenizers/piece_table.h"

namespace spout {

class WordPiece final : public TokenModel {
 public:
  struct Options {
    std::string prefix = "##";  // of pieces that do not begin a word
    int64_t max_chars = 100;    // longer words are unknown
    int64_t unknown = 0;
  };

  WordPiece(PieceTable pieces, const Options& options);

  void encode(std::string_view piece, std::vector<int64_t>& ids) const override;
  int64_t find(std::string_view token) const override { return pieces_.find(token); }
  int64_t size() const override { return pieces_.size(); }
  int64_t vocabulary() const override { return pieces_.end(); }
  int64_t unknown() const override { return options_.unknown; }

 private:
  PieceTable pieces_;
  ByteTrie trie_;
  uint32_t inside_ = ByteTrie::kNoNode;  // where pieces begin that do not begin a word
  bool has_inside_ = false;
  Options options_;
};

}  // namespace spout
