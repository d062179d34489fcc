// MPNet's bias of attention: a number for each head and each bucket of the distance between two
// tokens. Near distances have buckets of their own, far ones share them on a logarithmic scale.
// Source: Raffel et al. (JMLR 2020), section 2.1; Song et al. (NeurIPS 2020).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace spout {

class Script;

/// The biases of `tokens` tokens, differentiable in the table.
///   table [buckets, heads], at least 32 buckets    returns [heads, tokens, tokens]
at::Tensor distance_biases(const at::Tensor& table, int64_t tokens);

/// Writes the statement that adds the biases of x's tokens, at most `most`, to `bias`.
void write_distance_biases(Script& script, const at::Tensor& table, int64_t most);

}  // namespace spout
