// What a tokenizer consists of; the readers of files put it together.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "spout/sparse/tokenizers/added_tokens.h"
#include "spout/sparse/tokenizers/model.h"
#include "spout/sparse/tokenizers/normalizer.h"
#include "spout/sparse/tokenizers/piece_table.h"
#include "spout/sparse/tokenizers/pre_tokenizer.h"

namespace spout {

/// The special tokens around those of a text.
struct TokenTemplate {
  std::vector<int64_t> before{};
  std::vector<int64_t> behind{};
};

struct TokenizerParts {
  std::vector<AddedToken> added{};  // see add()
  PieceTable added_ids{};
  NormalizerPtr normalizer{};       // null: the text stays as it is
  PreTokenizerPtr pre_tokenizer{};  // null: the text is one piece
  TokenModelPtr model{};
  TokenTemplate ends{};
  int64_t padding = -1;         // -1: there is none
  int64_t mask = -1;            // -1: there is none
  int64_t max_length = 0;       // 0: none is given
  int64_t vocabulary = 0;       // the largest id + 1, added tokens included
  bool keeps_end = false;       // a text that is too long loses its beginning
  AddedTokens in_text{};        // those that are found before normalisation
  AddedTokens in_normalized{};  // the others

  /// Adds a token that is looked for in texts.
  void add(AddedToken token);

  /// The id of a token, added ones included, or -1.
  int64_t find(std::string_view token) const;

  /// Fills in what follows from the added tokens and the model.
  void settle();
};

}  // namespace spout
