// The pre-tokenizer of a tokenizer.json.
#pragma once

#include "spout/sparse/files/io/json_part.h"
#include "spout/sparse/tokenizers/pre_tokenizer.h"

namespace spout {

/// Reads a pre-tokenizer.
///   throws FileError on damaged ones, and on kinds that spout does not have
PreTokenizerPtr read_pre_tokenizer(const JsonPart& part, int depth = 0);

}  // namespace spout
