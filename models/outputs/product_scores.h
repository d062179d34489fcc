// Functions shared by the output layers whose scores are products of rows and weights.
#pragma once

#include "spout/losses/base/loss.h"
#include "spout/losses/base/loss_options.h"
#include "spout/losses/chunked/output_batch.h"
#include "spout/sparse/decode/decode_options.h"

namespace spout {

/// Translates the options of a loss into those of its run in blocks of labels.
ChunkedOptions chunked_options(const LossOptions& options);

/// The loss of scores [n, L] that the caller gives up: their gradient overwrites them.
at::Tensor all_at_once(const at::Tensor& scores, const at::Tensor& target, const Loss& loss,
                       LossOptions options);

/// Predicts from scores x W^T + b, in bf16 under autocast; see OutputLayer::predict().
///   x [n, d] dense    weight [L, d]    bias [L]
Csr predict_products(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                     const DecodeOptions& options, const Csr* seen, DecodeReport* report);

}  // namespace spout
