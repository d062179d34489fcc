// The inverse of a large symmetric positive definite matrix in the matrix's own memory: one panel
// beside it, n^3 operations, nearly all of them in large matrix products.
//
// The sweep operator on a block k of rows, with P = A_kk^-1, replaces
//   A_ij by A_ij - A_ik P A_kj,   A_ik by A_ik P,   A_kk by -P,
// and keeps the matrix symmetric, so that the blocks on and below the diagonal suffice. After a
// sweep on every block the matrix is -A^-1.
// Source: Goodnight, "A tutorial on the SWEEP operator" (The American Statistician 33, 1979), which
// sweeps single rows; blocks are ours.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>

namespace spout {

constexpr int64_t kInverseBlock = 1024;

/// Replaces a matrix by its inverse.
///   matrix  [n, n] f32 on the CPU, contiguous; the part above the diagonal is not read
///   block   rows that are swept together
///   poll    called before every block; may throw to stop, which leaves the matrix void
///   throws  ValueError if the matrix is not positive definite
void invert_in_place(const at::Tensor& matrix, const std::function<void()>& poll,
                     int64_t block = kInverseBlock);

/// The bytes that it takes beside the matrix.
double invert_in_place_bytes(double n);

}  // namespace spout
