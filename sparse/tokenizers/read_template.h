// The post-processor of a tokenizer.json: the special tokens around those of a text.
#pragma once

#include "spout/sparse/files/io/json_part.h"
#include "spout/sparse/tokenizers/tokenizer_parts.h"

namespace spout {

/// Reads a post-processor as it treats single texts.
///   throws FileError on damaged ones, and on kinds that spout does not have
TokenTemplate read_template(const JsonPart& part, int depth = 0);

}  // namespace spout
