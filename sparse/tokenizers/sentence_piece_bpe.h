// Byte-pair encoding as in SentencePiece: the two neighbours whose joined piece has the largest
// score are joined, from left to right among equals. User-defined pieces stay as they are; unused
// ones are taken apart again at the end.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "spout/sparse/tokenizers/byte_trie.h"
#include "spout/sparse/tokenizers/model.h"
#include "spout/sparse/tokenizers/piece_table.h"
#include "spout/sparse/tokenizers/sentence_piece_file.h"

namespace spout {

class SentencePieceBpe final : public TokenModel {
 public:
  /// unknown   the id of the unknown piece
  SentencePieceBpe(const SentencePieceFile& file, int64_t unknown);

  void encode(std::string_view piece, std::vector<int64_t>& ids) const override;
  int64_t find(std::string_view token) const override;
  int64_t size() const override { return static_cast<int64_t>(pieces_.size()); }
  int64_t vocabulary() const override { return size(); }
  int64_t unknown() const override { return unknown_; }

 private:
  class Merger;
  struct Piece {
    float score;
    bool unused;
  };

  PieceTable found_in_text_;  // normal, user-defined and unused pieces
  PieceTable others_;         // control, unknown and byte pieces
  ByteTrie user_defined_;
  std::vector<Piece> pieces_;  // by id
  std::array<int64_t, 256> bytes_{};
  int64_t unknown_;
  bool byte_fallback_;
};

}  // namespace spout
