// The unigram model: of all ways to cut a piece into tokens, the one with the largest sum of
// scores, found by Viterbi's algorithm over the prefixes of the piece. Source: Kudo 2018, "Subword
// Regularization". A character that no token covers costs the smallest score and 10 more;
// neighbouring ones are one unknown token.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "spout/sparse/tokenizers/byte_trie.h"
#include "spout/sparse/tokenizers/model.h"
#include "spout/sparse/tokenizers/piece_table.h"

namespace spout {

/// The tokens of a unigram model; ids count them from 0.
struct UnigramTokens {
  PieceTable pieces{};                // all
  std::vector<double> scores{};       // of each id
  std::vector<bool> found_in_text{};  // of each id: false for control tokens
  double unknown_score = 0;
  int64_t unknown = 0;
  bool byte_fallback = false;
  bool single_precision = false;   // sums are f32, as in sentencepiece; else f64, as in tokenizers
  bool fused_may_be_token = true;  // fused unknown characters are looked up again, as in tokenizers
};

class Unigram final : public TokenModel {
 public:
  explicit Unigram(UnigramTokens tokens);

  void encode(std::string_view piece, std::vector<int64_t>& ids) const override;
  int64_t find(std::string_view token) const override { return tokens_.pieces.find(token); }
  int64_t size() const override { return tokens_.pieces.size(); }
  int64_t vocabulary() const override { return static_cast<int64_t>(tokens_.scores.size()); }
  int64_t unknown() const override { return tokens_.unknown; }

 private:
  struct Best {
    double score = 0;
    int64_t id = -1;
    size_t begin = 0;
    bool reached = false;
  };

  void search(std::string_view piece, std::vector<Best>& best) const;
  void improve(Best& best, double score, int64_t id, size_t begin) const;
  void add_unknown(std::string_view piece, std::vector<int64_t>& ids) const;

  UnigramTokens tokens_;
  ByteTrie trie_;
  std::array<int64_t, 256> bytes_{};
};

}  // namespace spout
