// A Loss describes a loss on sparse targets to the code that runs it; it is a line of the table of
// losses. No way of running it builds a dense target, and value and gradient come from one pass.
#pragma once

#include <ATen/core/Tensor.h>

#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "spout/losses/base/label_sampler.h"
#include "spout/losses/base/loss_weights.h"
#include "spout/losses/formulas/domain.h"
#include "spout/losses/formulas/loss_parameters.h"

namespace spout {

struct ValueAndGradient {
  at::Tensor value;     // scalar, f32 (f64 for f64 scores), on the scores' device
  at::Tensor gradient;  // [n, L] like the scores; undefined unless it was asked for
};

struct Loss;

/// The arguments of a LossPass.
///   scores [n, L] contiguous    target COO [n, L], coalesced, same device
struct LossPassArgs {
  const Loss& loss;
  at::Tensor scores;
  at::Tensor target;
  double scale = 1.0;
  bool want_gradient = true;
  bool in_place = false;
  LossWeights weights{};
};
/// Returns the sum of the loss over all entries, times `scale`, and the gradient of that.
using LossPass = ValueAndGradient (*)(const LossPassArgs&);

/// Where the derivatives at some of the target's entries are written, [count] each.
struct TargetDerivatives {
  float* whole;       // f1', the derivative of the entry's loss
  float* difference;  // f1' - f0', what the target adds to the derivative of an absent entry
};

/// Scores and values of some of the target's entries, [count] each; null weights are ones.
struct TargetScores {
  const float* z;          // scores
  const float* y;          // target values
  const float* weights;    // of the whole term
  const float* positives;  // of f1, on top of `weights`
  int64_t count;
};

/// The terms of some of the target's entries as tensors, [m] each.
struct TensorTerms {
  at::Tensor value;     // positive f1 - f0
  at::Tensor gradient;  // the derivative of value
};

/// An element-wise formula at single entries, for code that does not hold whole scores.
/// at_targets() and at_zeros() return the sum of the values and write the derivatives, both
/// weighted where `weights` is not null.
struct EntryPasses {
  /// The terms f1 - f0 of the target's entries.
  double (*at_targets)(const LossParameters& parameters, const TargetScores& targets,
                       TargetDerivatives out) = nullptr;
  /// The terms f0 of absent entries with scores z; writes gradient = f0'.
  double (*at_zeros)(const LossParameters& parameters, const float* z, const float* weights,
                     int64_t count, float* gradient) = nullptr;
  /// The largest score up to which f0 and f0' are exactly 0; -infinity where there is none.
  float (*zero_up_to)(const LossParameters& parameters) = nullptr;
  /// The c of a formula with f0 = c z^2; NaN for other formulas.
  double (*zero_curvature)(const LossParameters& parameters) = nullptr;
  /// Does what at_targets() does, by tensor operations, on any device, without weights.
  /// `positives` may be undefined (ones).
  TensorTerms (*target_terms)(const LossParameters& parameters, const at::Tensor& z,
                              const at::Tensor& y, const at::Tensor& positives) = nullptr;
};

/// A line of the table of losses. A copy of it may have other parameters, and new drawn labels in
/// every step.
struct Loss {
  std::string_view name;
  std::string_view help;
  Domain domain = Domain::kReal;
  /// The fastest way to run the loss on the scores' device and dtype.
  LossPass pass = nullptr;
  /// ATen operations only: any device, any floating dtype.
  LossPass reference = nullptr;
  /// The function behind best_constant().
  double (*constant)(const LossParameters& parameters, double mean) = nullptr;
  /// The score above which a label counts as present.
  float threshold = 0.0F;
  /// Index into ElementwiseFormulas; -1 for a loss over whole rows.
  int formula = -1;
  /// The formula at single entries; empty for a loss over whole rows.
  EntryPasses entries;
  /// Names of the options that the formula reads.
  std::span<const char* const> parameter_names;
  LossParameters parameters{};
  /// Whether the loss uses `drawn`.
  bool samples = false;
  /// The labels over which this step normalises a row, beside the row's targets; null means all.
  std::shared_ptr<const DrawnLabels> drawn{};

  /// Whether the loss of an entry depends on the other scores of its row, as softmax does.
  bool needs_whole_rows() const { return formula < 0; }
  /// The score that minimises the loss of a label whose mean target is `mean`.
  double best_constant(double mean) const { return constant(parameters, mean); }
  /// The largest score at which an absent entry has neither loss nor gradient.
  float zero_up_to() const {
    return needs_whole_rows() ? -std::numeric_limits<float>::infinity()
                              : entries.zero_up_to(parameters);
  }
  /// The c of a loss whose absent entries cost c z^2; NaN for other losses.
  double zero_curvature() const {
    return needs_whole_rows() ? std::numeric_limits<double>::quiet_NaN()
                              : entries.zero_curvature(parameters);
  }
};

/// Throws ValueError where a value lies outside the loss's domain. NaN lies outside every domain.
///   values  [nnz], any device
void check_domain(const Loss& loss, const at::Tensor& values);

/// The tensor into which a pass writes its gradient: a new one, the scores themselves (in_place),
/// or an undefined one where no gradient is wanted.
at::Tensor gradient_buffer(const LossPassArgs& args);

}  // namespace spout
