// The linear output layer and its loss as one thing, run in blocks of labels: scores, value,
// gradient, gradient into the hidden rows, weight update. Neither [n, L] scores nor [L, d]
// gradients exist, so that memory beyond weights and optimizer state does not grow with L; the
// value printed is the exact loss, since the pass that makes the gradients yields it.
//   Z = X W^T + b;  loss += f0(Z), G = f0'(Z), corrected at the targets;  dX += G W;  W <- G^T X
#pragma once

#include "losses/block_passes.h"
#include "losses/block_sink.h"
#include "losses/loss.h"
#include "losses/score_blocks.h"

namespace spout {

struct ChunkedOptions {
  Reduction reduction = Reduction::kRowMean;
  bool want_value =
      true;  // false: element-wise losses give a value of no meaning, to measure its cost
  int64_t block_labels = 0;             // 0: chosen by chunked_block_labels()
  double sparse_gradient_share = 0.04;  // of a block's entries: where fewer have a gradient,
                                        // products go over those; 0: never
  bool moments = true;  // see quadratic_zeros.h; false: scores are made for every loss
  int64_t kept_score_bytes = int64_t{32} << 20;  // softmax keeps all its scores where they fit in
};

/// A linear output layer and a batch.
struct ChunkedInput {
  at::Tensor hidden;  // [n, d] f32, no gradient tracked
  at::Tensor
      weight;  // [L, d] f32 or bf16, contiguous; bf16: products see product_dtype(), sums in f32
  at::Tensor bias;    // [L] f32
  at::Tensor target;  // COO [n, L], coalesced
  LossWeights weights{};
};

struct ChunkedResult {
  at::Tensor value;            // scalar f32 (f64 inside)
  at::Tensor hidden_gradient;  // [n, d] f32
};

/// Value and gradients of one batch; the weights' gradients go to `sink`, a block's after its
/// product with the hidden gradient, so that it may change the weights in place.
///   throws ValueError on shapes and dtypes, IndexError on an index >= L
ChunkedResult chunked_step(const Loss& loss, const ChunkedInput& input,
                           const ChunkedOptions& options, BlockSink& sink);

/// The value alone; nothing is changed.
at::Tensor chunked_value(const Loss& loss, const ChunkedInput& input,
                         const ChunkedOptions& options);

/// The value of scores that are made in blocks, of whatever layer.
at::Tensor value_of(const BatchLoss& batch, ScoreBlocks& blocks);

/// Labels in a block for batches of n rows with scores of these options: on the CPU as many as keep
/// a block's scores in cache, on CUDA so many that a product fills the device.
int64_t chunked_block_labels(int64_t n, int64_t num_labels, const at::TensorOptions& scores);

/// Whether the scores of all labels are held between the two passes of softmax.
bool keeps_scores(const Loss& loss, const ChunkedOptions& options, int64_t n, int64_t num_labels,
                  at::ScalarType dtype);

/// Bytes that a step takes beyond weights, optimizer state and the hidden rows.
double chunked_workspace_bytes(const Loss& loss, int64_t n, int64_t num_labels, int64_t width,
                               const at::TensorOptions& scores, const ChunkedOptions& options);

}  // namespace spout
