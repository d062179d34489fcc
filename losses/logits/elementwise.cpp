#include "spout/losses/formulas/math_tensor.h"  // before the formulas, which call its overloads

#include <ATen/Parallel.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <vector>

#include "spout/losses/base/target.h"
#include "spout/losses/chunked/lane_passes.h"
#include "spout/losses/kernels/kernels.h"
#include "spout/losses/logits/elementwise.h"

namespace spout {
namespace {

// Scores per unit of parallel work. Fixed, so that sums do not depend on the number of threads.
constexpr int64_t kTile = int64_t{1} << 15;

template <class Formula, size_t Index = 0>
constexpr size_t index_of() {
  if constexpr (std::is_same_v<Formula, std::tuple_element_t<Index, ElementwiseFormulas>>) {
    return Index;
  } else {
    return index_of<Formula, Index + 1>();
  }
}

double dense_pass_cpu(size_t formula, const LossPassArgs& args, const at::Tensor& gradient) {
  const auto& pass = cpu_kernels().f32.elementwise[formula];
  const auto* z = args.scores.const_data_ptr<float>();
  auto* out = gradient.defined() ? gradient.mutable_data_ptr<float>() : nullptr;
  const int64_t count = args.scores.numel();
  std::vector<double> sums(static_cast<size_t>((count + kTile - 1) / kTile), 0.0);
  at::parallel_for(0, static_cast<int64_t>(sums.size()), 1, [&](int64_t first, int64_t last) {
    for (int64_t tile = first; tile < last; ++tile) {
      const int64_t begin = tile * kTile;
      const int64_t length = std::min(kTile, count - begin);
      ScoreTile<float> scores{z + begin, out == nullptr ? nullptr : out + begin, 1, length, length};
      scores.scale = static_cast<float>(args.scale);
      scores.parameters = args.loss.parameters;
      sums[static_cast<size_t>(tile)] = pass(scores);
    }
  });
  double sum = 0.0;
  for (const double part : sums)
    sum += part;
  return sum;
}

template <class Formula>
ValueAndGradient run_cpu(const LossPassArgs& args) {
  const Formula formula(args.loss.parameters);
  const auto scale = static_cast<float>(args.scale);
  const TargetEntries entries = entries_of(args.target, at::kFloat);
  const auto* z = args.scores.const_data_ptr<float>();
  const at::Tensor values = entries.value.contiguous();
  const auto* y = values.const_data_ptr<float>();
  const auto* place = entries.place.const_data_ptr<int64_t>();
  const auto nnz = static_cast<size_t>(entries.place.numel());

  // The corrections come before the dense pass, which may overwrite the scores.
  double correction = 0.0;
  std::vector<float> correction_gradient(args.want_gradient ? nnz : 0);
  for (size_t i = 0; i < nnz; ++i) {
    const Term<float> term = formula.correction(z[place[i]], y[i]);
    correction += static_cast<double>(term.value);
    if (args.want_gradient) correction_gradient[i] = term.gradient;
  }
  const at::Tensor gradient = gradient_buffer(args);
  const double sum = dense_pass_cpu(index_of<Formula>(), args, gradient);
  if (args.want_gradient) {
    auto* out = gradient.mutable_data_ptr<float>();
    for (size_t i = 0; i < nnz; ++i)
      out[place[i]] += scale * correction_gradient[i];
  }
  return {at::scalar_tensor((sum + correction) * args.scale, args.scores.options()), gradient};
}

template <ElementwiseFormula Formula>
TensorTerms target_terms(const LossParameters& parameters, const at::Tensor& z, const at::Tensor& y,
                         const at::Tensor& positives) {
  const Formula formula(parameters);
  if (positives.defined()) {
    const auto term = target_term(formula, z, y, positives.to(z.scalar_type()));
    return {term.value, term.difference};
  }
  const Term<at::Tensor> term = formula.correction(z, y);
  return {term.value, term.gradient};
}

/// Runs a loss with ATen at the target's entries and `dense_pass` over all scores, which is given
/// the gradient (maybe undefined) and returns the sum of f0.
template <class Formula, class DensePass>
ValueAndGradient run_with_aten(const LossPassArgs& args, const DensePass& dense_pass) {
  const TargetEntries entries = entries_of(args.target, args.scores.scalar_type());
  TensorTerms term = target_terms<Formula>(args.loss.parameters,
                                           args.scores.view(-1).index_select(0, entries.place),
                                           entries.value, args.weights.of_positives(args.target));
  if (args.weights.of_all_terms()) {
    const at::Tensor weights = args.weights.of_entries(args.target);
    term = {term.value * weights, term.gradient * weights};
  }
  const at::Tensor gradient = gradient_buffer(args);
  const at::Tensor sum = dense_pass(gradient);
  if (gradient.defined()) {
    gradient.view(-1).index_add_(0, entries.place, term.gradient, args.scale);
  }
  const at::Tensor total = (sum + term.value.to(at::kDouble).sum()) * args.scale;
  return {total.to(args.scores.scalar_type()), gradient};
}

template <ElementwiseFormula Formula>
ValueAndGradient elementwise_reference(const LossPassArgs& args) {
  return run_with_aten<Formula>(args, [&](const at::Tensor& gradient) {
    const auto term = Formula(args.loss.parameters).at_zero(args.scores);
    const at::Tensor value = whole_value(term);
    if (!args.weights.of_all_terms()) {
      if (gradient.defined()) gradient.copy_(term.gradient * args.scale);
      return value.sum(at::kDouble);
    }
    const at::Tensor weights = args.weights.broadcast();
    at::Tensor sum = (value * weights).sum(at::kDouble);
    if (gradient.defined()) gradient.copy_(term.gradient * weights * args.scale);
    return sum;
  });
}

/// Runs a loss with weights by treating the whole scores as one block of labels: the passes over
/// blocks know weights, the fast pass over whole scores does not.
ValueAndGradient weighted_loss(const LossPassArgs& args) {
  LanePasses passes({args.loss, args.target, args.scale, args.weights}, 1);
  ScoreBlock block{0, args.scores, at::zeros({args.scores.size(1)}, args.scores.options())};
  if (!args.want_gradient) {
    passes[0].add_value(block);
    return {passes.value(), {}};
  }
  if (!args.in_place) block.scores = args.scores.clone();
  passes[0].take_gradient(block);
  return {passes.value(), block.scores};
}

template <ElementwiseFormula Formula>
ValueAndGradient elementwise_loss(const LossPassArgs& args) {
  if (args.scores.scalar_type() == at::kFloat) {
    if (args.scores.is_cpu()) {
      return args.weights.any() ? weighted_loss(args) : run_cpu<Formula>(args);
    }
#if defined(SPOUT_WITH_CUDA)
    if (args.scores.is_cuda() && args.weights.any()) return weighted_loss(args);
    if (args.scores.is_cuda()) {
      return run_with_aten<Formula>(args, [&](const at::Tensor& gradient) {
        return elementwise_passes_cuda()[index_of<Formula>()](args, gradient);
      });
    }
#endif
  }
  return elementwise_reference<Formula>(args);
}

template <ElementwiseFormula Formula>
double at_targets(const LossParameters& parameters, const TargetScores& targets,
                  TargetDerivatives out) {
  const Formula formula(parameters);
  double sum = 0.0;
  for (int64_t i = 0; i < targets.count; ++i) {
    const float positive = targets.positives == nullptr ? 1.0F : targets.positives[i];
    const TargetTerm<float> term = target_term(formula, targets.z[i], targets.y[i], positive);
    const float weight = targets.weights == nullptr ? 1.0F : targets.weights[i];
    sum += static_cast<double>(weight * term.value);
    out.difference[i] = weight * term.difference;
    out.whole[i] = weight * term.whole;
  }
  return sum;
}

template <ElementwiseFormula Formula>
double at_zeros(const LossParameters& parameters, const float* z, const float* weights,
                int64_t count, float* gradient) {
  const Formula formula(parameters);
  double sum = 0.0;
  for (int64_t i = 0; i < count; ++i) {
    const auto term = formula.at_zero(z[i]);
    const float weight = weights == nullptr ? 1.0F : weights[i];
    sum += static_cast<double>(weight * whole_value(term));
    gradient[i] = weight * term.gradient;
  }
  return sum;
}

template <ElementwiseFormula Formula>
float zero_up_to([[maybe_unused]] const LossParameters& parameters) {
  if constexpr (SparseGradientFormula<Formula>) {
    return Formula(parameters).zero_up_to();
  } else {
    return -std::numeric_limits<float>::infinity();
  }
}

template <ElementwiseFormula Formula>
double zero_curvature([[maybe_unused]] const LossParameters& parameters) {
  if constexpr (QuadraticZeroFormula<Formula>) {
    return Formula(parameters).zero_curvature();
  } else {
    return std::numeric_limits<double>::quiet_NaN();
  }
}

template <ElementwiseFormula Formula>
double constant(const LossParameters& parameters, double mean) {
  return Formula(parameters).best_constant(mean);
}

template <class... Formula>
std::array<Loss, sizeof...(Formula)> losses_of(std::tuple<Formula...>* /*list*/) {
  return {Loss{Formula::kName, Formula::kHelp, Formula::kDomain, &elementwise_loss<Formula>,
               &elementwise_reference<Formula>, &constant<Formula>, Formula::kThreshold,
               static_cast<int>(index_of<Formula>()),
               EntryPasses{&at_targets<Formula>, &at_zeros<Formula>, &zero_up_to<Formula>,
                           &zero_curvature<Formula>, &target_terms<Formula>},
               Formula::kParameters}...};
}

}  // namespace

std::array<Loss, kNumElementwise> elementwise_losses() {
  return losses_of(static_cast<ElementwiseFormulas*>(nullptr));
}

}  // namespace spout
