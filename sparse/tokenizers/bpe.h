// Byte-pair encoding: a piece begins as single characters, and the two neighbours whose merge comes
// first in the file's list are joined until none is left. A heap finds them in order.
// Source: Sennrich, Haddow, Birch 2016; the order of equal merges is that of `tokenizers`.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "spout/sparse/tokenizers/merge_table.h"
#include "spout/sparse/tokenizers/model.h"
#include "spout/sparse/tokenizers/piece_table.h"

namespace spout {

class Bpe final : public TokenModel {
 public:
  struct Options {
    std::string prefix{};        // of characters that do not begin a piece
    std::string suffix{};        // of the last character of a piece
    int64_t unknown = -1;        // -1: unknown characters are dropped
    bool fuse_unknown = false;   // neighbouring unknown characters are one token
    bool byte_fallback = false;  // an unknown character is the tokens <0x..> of its bytes
    bool ignore_merges = false;  // a piece that is a token needs no merges
  };

  Bpe(PieceTable pieces, MergeTable merges, const Options& options);

  void encode(std::string_view piece, std::vector<int64_t>& ids) const override;
  int64_t find(std::string_view token) const override { return pieces_.find(token); }
  int64_t size() const override { return pieces_.size(); }
  int64_t vocabulary() const override { return pieces_.end(); }
  int64_t unknown() const override { return options_.unknown; }

 private:
  int64_t find_char(std::string_view letter, bool first, bool last) const;
  bool fall_back(std::string_view letter, std::vector<int64_t>& symbols) const;
  void start(std::string_view piece, std::vector<int64_t>& symbols) const;

  PieceTable pieces_;
  MergeTable merges_;
  Options options_;
  std::array<int64_t, 0x800> short_{};  // ids of characters of one or two bytes
  std::array<int64_t, 256> bytes_{};    // ids of <0x00> to <0xFF>
};

/// The name of a byte's token: "<0x0A>".
std::string byte_token(int byte);

}  // namespace spout
