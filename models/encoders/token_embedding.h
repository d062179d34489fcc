// The first layer of models that read tokens: a vector for each token, and a mask of the padding.
// Batches are padded; no result may depend on how far.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace spout {

/// The mask of a batch: true for tokens, false for the number `padding`.
///   x [n, T] i64    returns [n, T] bool    throws ValueError on other features
at::Tensor token_mask(const at::Tensor& x, int64_t padding);

/// The vectors of tokens, zeros for padding. The gradient of the table is a torch sparse tensor of
/// the rows used.
///   x [n, T] i64    mask [n, T]    table [D, d]    returns [n, T, d]
at::Tensor embed_tokens(const at::Tensor& x, const at::Tensor& mask, const at::Tensor& table,
                        int64_t padding);

class Script;

/// Writes the TorchScript statements `real` = token_mask(x) and `h` = embed_tokens(x).
void write_token_embedding(Script& script, const at::Tensor& table, int64_t padding);

}  // namespace spout
