// The first layer on sparse features: x W + b, and its gradient as a torch sparse tensor that holds
// the rows of the batch's features only.
#pragma once

#include <ATen/core/Tensor.h>

namespace spout {

/// x W + b for rows that are sparse or dense; sparse rows go through an embedding bag, so that the
/// cost is that of the non-zeros and no dense input matrix exists. In host memory the gradient of
/// the weight is a coalesced sparse tensor of rows too.
///   x [n, D] f32: torch.sparse_csr or dense    weight [D, d]    bias [d]    returns [n, d]
at::Tensor sparse_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

}  // namespace spout
