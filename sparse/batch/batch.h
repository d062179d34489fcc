// Some rows of a data set as tensors for one step. Nothing is ever densified.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <span>

#include "sparse/batch/dataset.h"

namespace spout {

struct Batch {
  /// [n, D] f32: torch.sparse_csr, or dense where the features are; of token numbers [n, T] i64, T
  /// being the longest row's, the others padded
  at::Tensor x;
  at::Tensor target;  // [n, L] f32: torch sparse COO, coalesced
  std::vector<int64_t> rows;
};

/// Features and target of the rows named, in that order; explicit zeros stay.
Batch assemble(const Dataset& data, std::span<const int64_t> rows);

/// The batch on `device`; CUDA copies come from pinned memory and do not wait.
Batch to_device(Batch batch, c10::Device device);

}  // namespace spout
