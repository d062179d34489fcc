// A weight [features, columns] that is mostly zeros, stored as CSR, and products with it.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "spout/sparse/layout/csr.h"

namespace spout {

/// The weight. Column indices of 32 bits make an entry 8 bytes instead of 12.
struct CsrWeight {
  at::Tensor crow;    // [D + 1] i64
  at::Tensor column;  // [nnz] i32, ascending within a feature
  at::Tensor value;   // [nnz] f32
};

/// Rows of features as torch.sparse_csr, whatever they are.
at::Tensor as_sparse(const at::Tensor& x);

/// Puts a matrix into the weight's tensors, which stay on their device.
///   matrix  [D, columns]    throws ValueError on more columns than 2^31
void set_weight(CsrWeight& weight, const Csr& matrix);

/// Throws ValueError or IndexError unless the tensors form a weight [features, columns].
void check_weight(const CsrWeight& weight, int64_t features, int64_t columns);

/// Adds the columns [begin, begin + sums.size()) of x * weight to `sums`, in host memory.
///   features, values  the entries of one row x
void add_products(const CsrWeight& weight, std::span<const int64_t> features,
                  std::span<const float> values, int64_t begin, std::span<float> sums);

/// The product x * weight, on any device.
///   x [n, D] torch.sparse_csr    returns [n, columns], dense
at::Tensor products(const at::Tensor& x, const CsrWeight& weight, int64_t columns);

}  // namespace spout
