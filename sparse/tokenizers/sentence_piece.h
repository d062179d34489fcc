// A tokenizer of a SentencePiece .model.
#pragma once

#include <string>

#include "spout/sparse/tokenizers/tokenizer_parts.h"

namespace spout {

/// Reads a .model file. Its ids are those of EncodeAsIds, without tokens at the ends.
///   throws FileError on damaged files and on models of words and characters
TokenizerParts read_sentence_piece(const std::string& path);

}  // namespace spout
