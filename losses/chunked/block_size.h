// The number of labels in a block, and whether scores are kept beyond their block.
#pragma once

#include <ATen/core/Tensor.h>

#include "spout/losses/base/loss.h"
#include "spout/losses/chunked/output_batch.h"

namespace spout {

/// The number of labels in a block, for batches of n rows and scores of these options. On the CPU a
/// block's scores stay in cache; on CUDA a block is large enough for a product to fill the device.
int64_t chunked_block_labels(int64_t n, int64_t num_labels, const at::TensorOptions& scores);

/// Whether the scores of all labels are kept between the two passes of softmax, so that the second
/// need not make them again.
bool keeps_scores(const Loss& loss, const ChunkedOptions& options, int64_t n, int64_t num_labels,
                  at::ScalarType dtype);

}  // namespace spout
