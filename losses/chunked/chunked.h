// A linear output layer and its loss run together in blocks of labels. Neither [n, L] scores nor
// [L, d] gradients exist, so that memory beyond weights and optimizer state does not grow with L.
// The value is the exact loss, since the pass that makes the gradients yields it. X are the hidden
// rows. For each block with weights W a step computes the lines below, and the sink moves W before
// the next block begins.
//   Z = X W^T + b;  loss += f0(Z);  G = f0'(Z);  the targets' corrections;  dX += G W;  dW = G^T X.
#pragma once

#include "spout/losses/base/loss.h"
#include "spout/losses/chunked/block_sink.h"
#include "spout/losses/chunked/output_batch.h"

namespace spout {

/// The value and the gradients of one batch. The weights' gradients go to `sink`: those of a block
/// once its part of the hidden gradient is made, so that the sink may move the weights in place.
///   throws ValueError on shapes, dtypes and devices; IndexError on an index >= L
ChunkedResult chunked_step(const Loss& loss, const ChunkedInput& input,
                           const ChunkedOptions& options, BlockSink& sink);

/// The value of a batch without gradients. Nothing is changed.
at::Tensor chunked_value(const Loss& loss, const ChunkedInput& input,
                         const ChunkedOptions& options);

/// An estimate of the bytes that a step takes beyond weights, optimizer state and the hidden rows.
double chunked_workspace_bytes(const Loss& loss, int64_t n, int64_t num_labels, int64_t width,
                               const at::TensorOptions& scores, const ChunkedOptions& options);

}  // namespace spout
