// The table of static token vectors: one for each token, whatever stands around it. It is what
// sentence-transformers' StaticEmbedding and model2vec keep in model.safetensors, and any other
// file of one matrix. Source: both packages' files; model2vec may share rows and weigh tokens.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

namespace spout {

/// The sizes of a table.
struct StaticTableShape {
  int64_t tokens = 0;
  int64_t width = 0;
};

/// Reads the sizes from the header of a .safetensors file.
///   throws FileError unless it holds the matrix "embedding.weight" (StaticEmbedding) or
///   "embeddings" (model2vec), or one matrix under any other name
StaticTableShape static_table_shape(const std::string& file);

/// Reads the table [tokens, width] f32. model2vec's "mapping" names the row of each token, and its
/// "weights" scale them. Errors as static_table_shape(), and on numbers that are not finite.
at::Tensor read_static_table(const std::string& file);

}  // namespace spout
