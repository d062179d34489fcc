// What a training knows of its labels beyond the target: how much a positive of each counts
// (--positive-weight), how often sampled softmax draws each (--sampled-labels), and what
// predictions may add where labels will be common or rare otherwise than in training
// (--popularity).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "losses/loss.h"
#include "sparse/layout/csr.h"
#include "sparse/metrics/propensity.h"

namespace spout {

struct LabelOptions {
  std::string positive_weight = "1";  // a number, propensity, or FILE.npy
  PropensityOptions propensity;
  int64_t sampled_labels = 4096;  // of sampled-softmax: draws a step
  double sampling_power = 0.75;   // a label's chance goes as (its frequency + 1) to this power
};

/// Throws UserError unless it is a number from 1e-6 to 1e6, `propensity`, or a file's name.
void check_positive_weight(const LabelOptions& options);

/// [L] f32; undefined: all 1. `propensity` counts a positive of propensity p
///   2 / p - 1 times in losses of single labels (the convex bound of the unbiased loss: Qaraei,
///   Schultheis, Gupta, Babbar, WWW 2021), 1 / p times in softmax (Jain, Prabhu, Varma, KDD 2016).
///   y [n, L] of the training rows    throws UserError on a file that does not fit
at::Tensor positive_weights(const LabelOptions& options, const Loss& loss, const Csr& y);

/// Of a loss that samples; else nothing.
std::optional<LabelSampler> label_sampler(const LabelOptions& options, const Loss& loss,
                                          const Csr& y);

/// ln(1 + rows) of each label. Times the change of their exponent it corrects predictions for
/// labels whose frequencies are a power of those in training (Saerens et al., Neural Computation
/// 2002; with negative weight the logit adjustment of Menon et al., ICLR 2021).
///   y       [n, L]      returns [L] f32
at::Tensor label_popularity(const Csr& y);

}  // namespace spout
