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

constexpr int64_t kFirstWord = 2;  // of TextFeatures' tokens

TokenVectors read_matrix(const std::string& path, const DataSchema& schema, int64_t tokens) {
  if (schema.encoder == nullptr && !schema.text.empty()) {
    throw UserError(fmt::format(
        "--vectors {}: a matrix has a row for each token of a tokenizer, so --tokenizer is needed",
        path));
  }
  if (schema.encoder != nullptr) tokens = schema.encoder->vocabulary();
  const at::Tensor rows = path.ends_with(".npy") ? read_dense_npy(path) : read_static_table(path);
  if (rows.size(0) < tokens) {
    throw FileError(fmt::format("{}: expected a vector for each of the {} tokens, found {}", path,
                                tokens, rows.size(0)));
  }
  say("vectors: {} of {} values, one for each token\n", tokens, rows.size(1));
  return {rows.narrow(0, 0, tokens), at::arange(tokens, at::kLong)};
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
        "--vectors {}: needs documents whose words have names (and --hash-bits 0)", path));
  }
  const WordVectors found = read_word_vectors(path, terms);
  if (found.words.empty()) {
    throw UserError(
        fmt::format("--vectors {}: none of the data's {} words is among its {} (the first here is "
                    "\"{}\")",
                    path, terms.size(), found.lines, terms.name(0)));
  }
  say("vectors: {} of {} words have one of {} values in {}, {} of them in other letters; the "
      "others begin at random\n",
      found.words.size(), terms.size(), found.rows.size(1), path, found.folded);
  return {found.rows, at::tensor(found.words, at::kLong) + kFirstWord};
}

}  // namespace

TokenVectors read_token_vectors(const std::string& path, const DataSchema& schema, int64_t tokens) {
  const bool is_matrix = path.ends_with(".npy") || path.ends_with(".safetensors");
  return is_matrix ? read_matrix(path, schema, tokens) : read_words(path, schema);
}

}  // namespace spout
