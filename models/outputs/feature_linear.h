// The first layer on sparse features, x W + b. The gradient of W is a torch sparse tensor that
// holds only the rows of the features in the batch.
#pragma once

#include <ATen/core/Tensor.h>

namespace spout {

/// x W + b for sparse or dense rows. Sparse rows go through an embedding bag: the cost is that of
/// their non-zeros, and no dense input matrix exists. For sparse rows in host memory the gradient
/// of the weight is a coalesced sparse tensor of rows.
///   x [n, D] f32: torch.sparse_csr or dense    weight [D, d]    bias [d]    returns [n, d]
at::Tensor sparse_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

}  // namespace spout
