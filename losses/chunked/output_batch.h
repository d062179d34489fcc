// The input, options and result of a linear output layer on a batch of rows. All ways to run the
// layer in blocks of labels share them.
#pragma once

#include <ATen/core/Tensor.h>

#include "spout/losses/base/loss_weights.h"
#include "spout/losses/base/reduction.h"

namespace spout {

struct ChunkedOptions {
  Reduction reduction = Reduction::kRowMean;
  // If false, element-wise losses skip the sum of f0 and return a meaningless value; benchmarks use
  // it.
  bool want_value = true;
  // Labels in a block; 0 leaves the choice to chunked_block_labels().
  int64_t block_labels = 0;
  // If in every tile of a block fewer than this share of entries have a gradient, the block's
  // products go over those entries alone; 0 means never.
  double sparse_gradient_share = 0.04;
  // Whether quadratic_zeros.h is used where it is faster; false makes scores for every loss.
  bool moments = true;
  // Softmax keeps the scores of all labels between its two passes where they take at most so many
  // bytes.
  int64_t kept_score_bytes = int64_t{32} << 20;
};

/// A linear output layer and a batch.
struct ChunkedInput {
  at::Tensor hidden;  // [n, d] f32; chunked_step() tracks no gradient
  // [L, d] f32 or bf16, contiguous. Products with a bf16 weight are made in product_dtype().
  at::Tensor weight;
  at::Tensor bias;    // [L] f32
  at::Tensor target;  // COO [n, L], coalesced
  LossWeights weights{};
};

struct ChunkedResult {
  at::Tensor value;            // scalar f32, summed in f64
  at::Tensor hidden_gradient;  // [n, d] f32
};

}  // namespace spout
