// Tokenizers of older checkpoints, which are a vocabulary and conventions: vocab.txt of BERT, and
// vocab.json with merges.txt of GPT-2 and RoBERTa.
#pragma once

#include <string>

#include "spout/sparse/tokenizers/tokenizer_config.h"
#include "spout/sparse/tokenizers/tokenizer_parts.h"

namespace spout {

/// Reads a vocab.txt: a token a line, numbered from 0. Texts become [CLS] ... [SEP].
///   throws FileError
TokenizerParts read_bert_vocabulary(const std::string& path, const TokenizerConfig& config);

/// Reads a byte-level BPE. Texts become <s> ... </s> if both are tokens, as in RoBERTa.
///   throws FileError
TokenizerParts read_byte_level_bpe(const std::string& vocabulary, const std::string& merges,
                                   const TokenizerConfig& config);

}  // namespace spout
