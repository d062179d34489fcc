// The first layer of models that read tokens: a vector for each token, and where documents end.
// Batches are filled up with TokenRows::kPadding; no result may depend on how far.
#pragma once

#include <ATen/core/Tensor.h>

namespace spout {

/// Which places hold a token.
///   x [n, T] i64    returns [n, T] bool        throws ValueError on other features
at::Tensor token_mask(const at::Tensor& x);

/// The vectors of tokens, zeros where there is none. The gradient of the table is a torch sparse
/// tensor of the rows used.
///   x [n, T] i64    mask [n, T]    table [D, d]    returns [n, T, d]
at::Tensor embed_tokens(const at::Tensor& x, const at::Tensor& mask, const at::Tensor& table);

/// Statements for export: `real` = token_mask(x), `h` = embed_tokens(x).
class Script;
void write_token_embedding(Script& script, const at::Tensor& table);

}  // namespace spout
