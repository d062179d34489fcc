// What becomes of the places at which a pre-tokenizer cuts a text, by the names of `tokenizers`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "spout/sparse/tokenizers/pieces.h"

namespace spout {

enum class SplitBehavior : uint8_t {
  kRemoved,             // a match is dropped
  kIsolated,            // a match is a piece
  kMergedWithPrevious,  // a match ends the piece before it
  kMergedWithNext,      // a match begins the piece behind it
  kContiguous,          // neighbouring matches are one piece
};

/// A part of a text, up to `end`, from where the one before ends.
struct TextPart {
  size_t end;
  bool is_match;
};

/// Adds the pieces that the parts of `text` make.
///   opens   whether `text` is at the beginning of the whole text
void add_parts(std::string_view text, const std::vector<TextPart>& parts, SplitBehavior behavior,
               bool opens, Pieces& out);

}  // namespace spout
