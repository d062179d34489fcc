// The losses on sparse targets: their table, and the function that a training step calls.
// None of them ever builds a dense target; value and gradient come from one pass over the scores.
#pragma once

#include <ATen/core/Tensor.h>

#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "losses/domain.h"
#include "losses/label_sampler.h"
#include "losses/loss_parameters.h"
#include "losses/loss_weights.h"

namespace spout {

/// What the sum over all entries of [n, L] is divided by.
enum class Reduction : uint8_t {
  kSum,      // nothing
  kRowMean,  // n: nats (or squared units) per row, the default of training
  kMean,     // n * L: what torch's reduction='mean' does on dense tensors
};

/// 1 / what the sum is divided by; 0 where that is nothing.
double reduction_scale(Reduction reduction, int64_t n, int64_t num_labels);

struct LossOptions {
  Reduction reduction = Reduction::kRowMean;
  bool in_place = false;     // the gradient overwrites the scores, which are void afterwards
  bool check_target = true;  // refuse values outside the domain (a trainer checks its data once)
  LossWeights weights{};     // a mean divides by the number of rows or entries all the same
};

struct ValueAndGradient {
  at::Tensor value;     // scalar, f32 (f64 for f64 scores), on the scores' device
  at::Tensor gradient;  // [n, L] like the scores; undefined where none was asked for
};

/// One way to run a loss: sum over entries times `scale`, and its gradient.
///   scores [n, L] contiguous    target COO [n, L], coalesced, same device
struct LossPassArgs {
  at::Tensor scores;
  at::Tensor target;
  double scale = 1.0;
  bool want_gradient = true;
  bool in_place = false;
  LossWeights weights{};
  LossParameters parameters{};
  std::shared_ptr<const DrawnLabels> drawn{};
};
using LossPass = ValueAndGradient (*)(const LossPassArgs&);

/// Derivatives at the target's entries, [count] each.
struct TargetDerivatives {
  float* whole;
  float* difference;  // from the derivative of an absent entry
};

/// Some of the target's entries; null weights are ones.
struct TargetScores {
  const float* z;
  const float* y;
  const float* weights;    // of the whole term
  const float* positives;  // of f1 beside that
  int64_t count;
};

/// Of the target's entries, [m] each.
struct TensorTerms {
  at::Tensor value;     // positive f1 - f0
  at::Tensor gradient;  // its derivative
};

/// An element-wise formula at single entries, for passes that hold only those. Each returns the sum
/// of the values and writes the derivatives, each times its weight where `weights` is not null.
struct EntryPasses {
  /// f1 - f0;  whole = f1',  difference = f1' - f0'
  double (*at_targets)(const LossParameters& parameters, const TargetScores& targets,
                       TargetDerivatives out) = nullptr;
  /// f0;  gradient = f0'
  double (*at_zeros)(const LossParameters& parameters, const float* z, const float* weights,
                     int64_t count, float* gradient) = nullptr;
  /// f0 and f0' are exactly 0 up to this score.
  float (*zero_up_to)(const LossParameters& parameters) = nullptr;
  /// c where f0 = c z^2, else NaN.
  double (*zero_curvature)(const LossParameters& parameters) = nullptr;
  /// at_targets() by tensor operations, on any device; positives may be undefined: ones.
  TensorTerms (*target_terms)(const LossParameters& parameters, const at::Tensor& z,
                              const at::Tensor& y, const at::Tensor& positives) = nullptr;
};

/// A line of the table; copies of it may have other parameters and, step by step, other draws.
struct Loss {
  std::string_view name;
  std::string_view help;
  Domain domain = Domain::kReal;
  LossPass pass = nullptr;       // the fastest way for the scores' device and dtype
  LossPass reference = nullptr;  // ATen operations only: any device, any floating dtype
  /// See best_constant().
  double (*constant)(const LossParameters& parameters, double mean) = nullptr;
  float threshold = 0.0F;  // a score above it means that the label is present
  int formula = -1;        // index into ElementwiseFormulas; -1: softmax, which needs whole rows
  EntryPasses entries;     // of a formula
  std::span<const char* const> parameter_names;  // options that the formula reads
  LossParameters parameters{};
  bool samples = false;  // whether `drawn` means anything
  /// Of a step: over which labels a row is normalised, beside its targets; null: over all.
  std::shared_ptr<const DrawnLabels> drawn{};

  /// The score that minimises the loss of a label whose mean target is `mean`.
  double best_constant(double mean) const { return constant(parameters, mean); }
  /// Up to which score an absent entry has neither loss nor gradient.
  float zero_up_to() const {
    return formula < 0 ? -std::numeric_limits<float>::infinity() : entries.zero_up_to(parameters);
  }
  /// c where the loss of an absent entry is c z^2, else NaN.
  double zero_curvature() const {
    return formula < 0 ? std::numeric_limits<double>::quiet_NaN()
                       : entries.zero_curvature(parameters);
  }
};

std::span<const Loss> loss_table();

/// Throws ValueError that lists the known names.
const Loss& find_loss(std::string_view name);

/// Throws ValueError where a value is outside the domain (NaN is outside of every domain).
///   values  [nnz], any device
void check_domain(const Loss& loss, const at::Tensor& values);

/// The loss of scores against a sparse target, differentiable in the scores.
///   scores [n, L] f32|f64    target COO [n, L], coalesced, same device
///   returns scalar; NaN or +infinity in the scores shows as a non-finite value
///   throws ValueError on shapes, layout and domain, IndexError on an index >= L
///   (CUDA: a device-side assertion, so that the host need not wait), NotImplementedError on a
///   second derivative
at::Tensor sparse_loss(const Loss& loss, const at::Tensor& scores, const at::Tensor& target,
                       const LossOptions& options = {});

/// Value and gradient without autograd.
ValueAndGradient loss_with_gradient(const Loss& loss, const at::Tensor& scores,
                                    const at::Tensor& target, const LossOptions& options = {});

}  // namespace spout
