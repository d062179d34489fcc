#include "spout/app/data/token_vectors.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include "spout/app/data/data_schema.h"
#include "spout/app/data/text_encoder.h"
#include "spout/app/options/option.h"
#include "spout/app/process/say.h"
#include "spout/models/pretrained/static_table.h"
#include "spout/sparse/base/error.h"
#include "spout/sparse/files/numpy/npy.h"
#include "spout/sparse/files/text/word_vectors.h"

namespace spout {
namespace {

/// The number of tokens that a text may have: a tokenizer without a token of padding leaves the
/// number behind its own to it.
int64_t num_tokens(const TokenRows& tokens) {
  const bool is_last = tokens.numbers.padding == tokens.vocabulary - 1;
  return tokens.vocabulary - (is_last ? 1 : 0);
}

TokenVectors read_matrix(const std::string& path, const DataSchema& schema,
                         const TokenRows& tokens) {
  if (schema.encoder == nullptr && !schema.text.empty()) {
    throw UserError(fmt::format(
        "--vectors {}: a matrix has a row for each token of a tokenizer, so --tokenizer is needed",
        path));
  }
  const int64_t count =
      schema.encoder != nullptr ? schema.encoder->vocabulary() : num_tokens(tokens);
  const at::Tensor rows = path.ends_with(".npy") ? read_dense_npy(path) : read_static_table(path);
  if (rows.size(0) < count) {
    throw FileError(fmt::format("{}: expected a vector for each of the {} tokens, found {}", path,
                                count, rows.size(0)));
  }
  const int64_t others = rows.size(0) - count;
  say("vectors: {} tokens begin with the rows of {}, width {}{}\n", count, path, rows.size(1),
      others == 0 ? "" : fmt::format("; its last {} rows belong to no token", others));
  return {others == 0 ? rows : rows.narrow(0, 0, count).clone(), at::arange(count, at::kLong)};
}

TokenVectors read_words(const std::string& path, const DataSchema& schema) {
  const Vocabulary& terms = schema.text.terms();
  if (schema.encoder != nullptr) {
    throw UserError(fmt::format(
        "--vectors {}: vectors of words are for words, not for the tokens of --tokenizer, which "
        "take a matrix (.npy, .safetensors)",
        path));
  }
  if (terms.empty()) {
    throw UserError(fmt::format(
        "--vectors {}: {}", path,
        schema.text.empty() ? "vectors of words need documents; for token numbers it is a matrix"
                            : "hashed words have no names to find their vectors by (--hash-bits)"));
  }
  const WordVectors found = read_word_vectors(path, terms);
  if (found.words.empty()) {
    throw UserError(fmt::format(
        "--vectors {}: has vectors of {} words, and none of the {} words of the training data (the "
        "commonest of these is \"{}\")",
        path, found.lines, terms.size(), terms.name(0)));
  }
  say("vectors: {} of {} words are in {}, width {} ({} of them in another case only); the others "
      "begin at random\n",
      found.words.size(), terms.size(), path, found.rows.size(1), found.folded);
  return {found.rows, at::tensor(found.words, at::kLong) + TextFeatures::kFirstToken};
}

}  // namespace

int64_t size_bytes(const TokenVectors& vectors) {
  return size_bytes(vectors.rows) + size_bytes(vectors.tokens);
}

TokenVectors read_token_vectors(const std::string& path, const DataSchema& schema,
                                const TokenRows& tokens) {
  const bool is_matrix = path.ends_with(".npy") || path.ends_with(".safetensors");
  return is_matrix ? read_matrix(path, schema, tokens) : read_words(path, schema);
}

}  // namespace spout
