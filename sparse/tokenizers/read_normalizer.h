// The normalizer of a tokenizer.json.
#pragma once

#include <string>

#include "spout/sparse/files/io/json_part.h"
#include "spout/sparse/tokenizers/normalizer.h"

namespace spout {

/// Sequences within sequences stop here.
inline constexpr int kDeepestSequence = 8;

/// Reads a normalizer.
///   throws FileError on damaged ones, and on kinds that spout does not have
NormalizerPtr read_normalizer(const JsonPart& part, int depth = 0);

/// A pattern of a tokenizer.json that spout understands.
struct LiteralPattern {
  std::string text{};
  bool runs = false;  // two or more of `text` in a row are one match
};

/// Reads a pattern: a text, or a regular expression that is as good as one.
///   throws FileError on other regular expressions
LiteralPattern read_pattern(const JsonPart& part);

}  // namespace spout
