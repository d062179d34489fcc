// The second step of a tokenizer: cutting the text into pieces, most of them words.
// pre_tokenizers.h holds the simple ones.
#pragma once

#include <memory>

#include "spout/sparse/tokenizers/pieces.h"

namespace spout {

class PreTokenizer {
 public:
  PreTokenizer() = default;
  virtual ~PreTokenizer() = default;
  PreTokenizer(const PreTokenizer&) = delete;
  PreTokenizer& operator=(const PreTokenizer&) = delete;

  /// Cuts `text` further and adds what results to `out`.
  ///   opens   whether `text` is at the beginning of the whole text
  virtual void split(std::string_view text, bool opens, Pieces& out) const = 0;
};

using PreTokenizerPtr = std::unique_ptr<const PreTokenizer>;

}  // namespace spout
