// Numbers that a training has for each label beside the target: the weight of its positives
// (--positive-weight), its chance to be drawn by sampled softmax (--sampling-power), and what
// predictions add to its score because it is common or rare (--popularity).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "spout/app/options/option.h"
#include "spout/losses/base/loss.h"
#include "spout/sparse/layout/csr.h"
#include "spout/sparse/metrics/propensity.h"

namespace spout {

/// The weight of the target's entries: one number for all labels, more for rare labels by their
/// propensity, or a number for each label from a file.
struct PositiveWeight {
  enum class Kind : uint8_t { kNumber, kPropensity, kFile };
  Kind kind = Kind::kNumber;
  double number = 1.0;
  std::string file;  // .npy, [L]
};

/// The field of --positive-weight: a number from 1e-6 to 1e6, `propensity`, or FILE.npy.
TextField positive_weight_field(PositiveWeight& weight);

struct LabelOptions {
  PositiveWeight positive_weight;
  PropensityOptions propensity;
  // sampled-softmax: labels drawn in each step.
  int64_t sampled_labels = 4096;
  // sampled-softmax: a label's chance is proportional to (its frequency + 1) to this power.
  double sampling_power = 0.75;
};

/// The weight of each label's positives. With `propensity` a positive of propensity p weighs
/// 2 / p - 1 in losses of single labels and 1 / p in softmax.
///   y        [n, L] of the training rows
///   returns  [L] f32; undefined: all 1
///   throws   UserError on a file that does not fit, and on weights that are not finite and above 0
///   source   the convex bound of the unbiased loss: Qaraei, Schultheis, Gupta, Babbar (WWW 2021);
///            softmax: Jain, Prabhu, Varma (KDD 2016)
at::Tensor positive_weights(const LabelOptions& options, const Loss& loss, const Csr& y);

/// The sampler of labels for a loss that samples; nullopt for other losses.
///   y  [n, L] of the training rows
std::optional<LabelSampler> label_sampler(const LabelOptions& options, const Loss& loss,
                                          const Csr& y);

/// Returns ln(1 + number of rows) of each label. If label frequencies at prediction are
/// proportional to frequency^a in training, adding (a - 1) times this corrects the scores.
///   y [n, L]      returns [L] f32
///   source  Saerens et al. (Neural Computation 2002); with a negative weight it is the logit
///           adjustment of Menon et al. (ICLR 2021)
at::Tensor label_popularity(const Csr& y);

}  // namespace spout
