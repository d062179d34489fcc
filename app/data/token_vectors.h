// Vectors that tokens begin with, from a file of somebody else's: of words by name, or of a
// tokenizer's tokens by number.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

namespace spout {

struct DataSchema;
struct TokenRows;

struct TokenVectors {
  at::Tensor rows;    // [n, d] f32; undefined: none
  at::Tensor tokens;  // [n] i64, the tokens that they belong to
};

/// The memory in use.
int64_t size_bytes(const TokenVectors& vectors);

/// Reads the vectors of the tokens that the training documents have, and reports on stderr how many
/// there are. A .npy or .safetensors file is a matrix with a row for each token of the tokenizer;
/// any other file is text (sparse/files/text/word_vectors.h).
///   tokens  of the training rows, which schema describes
///   throws FileError on a broken file, UserError if none of the tokens has a vector, and on a
///   matrix without a tokenizer or words with one
TokenVectors read_token_vectors(const std::string& path, const DataSchema& schema,
                                const TokenRows& tokens);

}  // namespace spout
