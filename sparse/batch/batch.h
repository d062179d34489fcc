// A batch: some rows of a data set as tensors for one step. No sparse data is made dense.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <span>

#include "spout/sparse/batch/dataset.h"

namespace spout {

struct Batch {
  /// The features: [n, D] f32, torch.sparse_csr or dense as in the data set. Token numbers are
  /// [n, T] i64, where T is the length of the longest row and shorter rows are padded.
  at::Tensor x;
  at::Tensor target;          // [n, L] f32: torch sparse COO, coalesced
  std::vector<int64_t> rows;  // [n] row numbers in the data set
};

/// Gathers features and target of the given rows, in the given order. Explicit zeros stay.
Batch assemble(const Dataset& data, std::span<const int64_t> rows);

/// Copies the batch to `device`. Copies to CUDA come from pinned memory and do not wait.
Batch to_device(Batch batch, c10::Device device);

}  // namespace spout
