// A weight of features x columns that is mostly zeros, and products with it.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "sparse/layout/csr.h"

namespace spout {

/// Columns in 32 bits halve what a product reads.
struct CsrWeight {
  at::Tensor crow;    // [D + 1] i64
  at::Tensor column;  // [nnz] i32, ascending within a feature
  at::Tensor value;   // [nnz] f32
};

/// Puts a matrix into the weight's tensors, on their device.
///   matrix  [D, columns]    throws ValueError on more columns than 2^31
void set_weight(CsrWeight& weight, const Csr& matrix);

/// Throws ValueError or IndexError unless the tensors are those of a weight [features, columns].
void check_weight(const CsrWeight& weight, int64_t features, int64_t columns);

/// Adds x * weight of columns [begin, begin + sums.size()) to `sums`; in host memory.
///   features, values  a row of x
void add_products(const CsrWeight& weight, std::span<const int64_t> features,
                  std::span<const float> values, int64_t begin, std::span<float> sums);

/// x * weight on any device.
///   x [n, D] torch.sparse_csr    returns [n, columns], dense
at::Tensor products(const at::Tensor& x, const CsrWeight& weight, int64_t columns);

}  // namespace spout
