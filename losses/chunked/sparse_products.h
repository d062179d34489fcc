// Products of a sparse matrix with dense matrices, which go over its non-zeros alone.
#pragma once

#include <ATen/core/Tensor.h>

#include "spout/sparse/layout/column_groups.h"

namespace spout {

/// x * weight, on any device: for each row, the sum of the weight rows of its features.
///   x [n, D] torch.sparse_csr    weight [D, d]    returns [n, d]
at::Tensor feature_sums(const at::Tensor& x, const at::Tensor& weight);

/// The gradient of that weight, x^T * gradient, at the features that occur. In host memory.
///   groups    the columns of x
///   gradient  [n, d] f32, contiguous    returns [groups.size(), d]
at::Tensor feature_gradient(const ColumnGroups& groups, const at::Tensor& gradient);

}  // namespace spout
