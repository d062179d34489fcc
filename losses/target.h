// A coalesced COO target taken apart once, and the per-entry sums that every loss shares.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace spout {

/// Views into a coalesced COO tensor [n, L]: no copy is made on the CPU.
struct TargetEntries {
  at::Tensor row;     // [nnz] i64
  at::Tensor column;  // [nnz] i64
  at::Tensor value;   // [nnz], dtype of the scores
  at::Tensor place;   // [nnz] i64, row * L + column: where the entry lies in [n, L]
};

/// Throws IndexError on the CPU where an index lies outside [n, L].
TargetEntries entries_of(const at::Tensor& target, at::ScalarType dtype);

}  // namespace spout
