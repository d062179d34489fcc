// The step of an output layer under sampled softmax makes scores of the drawn labels and of the
// target's entries, and no others.
#pragma once

#include "spout/losses/base/loss.h"
#include "spout/losses/chunked/block_sink.h"
#include "spout/losses/chunked/output_batch.h"

namespace spout {

/// Does what chunked_step() does, for a loss with drawn labels.
///   throws as chunked_step() and DrawnLabels::check() do
ChunkedResult sampled_softmax_step(const Loss& loss, const ChunkedInput& input,
                                   const ChunkedOptions& options, BlockSink& sink);

/// Does what chunked_value() does, for a loss with drawn labels.
at::Tensor sampled_softmax_value(const Loss& loss, const ChunkedInput& input,
                                 const ChunkedOptions& options);

/// An estimate of the bytes that a step takes beyond weights, optimizer state and the hidden rows.
///   drawn    number of drawn labels
///   targets  number of the target's entries
double sampled_softmax_workspace_bytes(int64_t n, int64_t drawn, int64_t width, double targets);

}  // namespace spout
