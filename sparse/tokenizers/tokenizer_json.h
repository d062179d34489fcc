// tokenizer.json, the file of PyPI `tokenizers` that holds a whole tokenizer.
#pragma once

#include <string>

#include "spout/sparse/tokenizers/tokenizer_parts.h"

namespace spout {

/// Reads a tokenizer.json.
///   throws FileError on damaged files, and on parts that spout does not have
TokenizerParts read_tokenizer_json(const std::string& path);

}  // namespace spout
