// A formula is what an element-wise loss on a sparse target is made of. Almost every such loss is
//     sum over all (i, j) of f0(z_ij)  +  sum over stored (i, j) of [f1(z_ij, y_ij) - f0(z_ij)],
// so a target of nnz entries costs nnz corrections on top of one pass over the scores.
// A formula states f0 and f1 - f0, each with its derivative in z; kernels and tests follow from it.
#pragma once

#include <array>
#include <concepts>
#include <span>
#include <string_view>

#include "spout/losses/formulas/domain.h"
#include "spout/losses/formulas/loss_parameters.h"
#include "spout/losses/formulas/math.h"

namespace spout {

/// The value of a function and its derivative in z, computed together because they share work.
template <class T>
struct Term {
  T value;
  T gradient;
};

/// A Term whose value has a logarithm in it: value + log1p(log1p_of), with log1p_of in [0, 1].
/// Kernels multiply many (1 + log1p_of) and take one logarithm of the product.
template <class T>
struct LogTerm {
  T value;
  T log1p_of;
  T gradient;
};

template <class T>
SPOUT_HOST_DEVICE T whole_value(const Term<T>& term) {
  return term.value;
}
template <class T>
SPOUT_HOST_DEVICE T whole_value(const LogTerm<T>& term) {
  return term.value + math::log1p(term.log1p_of);
}

/// What a pass needs to know of one stored entry of the target.
template <class T>
struct TargetTerm {
  T value;       // positive * f1 - f0
  T difference;  // the derivative of value: positive * f1' - f0'
  T whole;       // the derivative of the entry's loss: positive * f1'
};

/// The term of an entry with target y whose loss f1 is weighted by `positive`:
///   positive f1 - f0 = (f1 - f0) + (positive - 1) f1, and f1 = f0 + (f1 - f0).
template <class Formula, class T>
SPOUT_HOST_DEVICE TargetTerm<T> target_term(const Formula& formula, const T& z, const T& y,
                                            const T& positive) {
  const auto absent = formula.at_zero(z);
  const Term<T> correction = formula.correction(z, y);
  const T more = positive - math::constant(positive, 1.0);
  const T difference = correction.gradient + more * (absent.gradient + correction.gradient);
  return {correction.value + more * (whole_value(absent) + correction.value), difference,
          absent.gradient + difference};
}

/// The base of formulas without parameters.
struct PlainFormula {
  static constexpr std::array<const char*, 0> kParameters{};
  explicit SPOUT_HOST_DEVICE PlainFormula(const LossParameters& /*parameters*/) {}
};

/// An element-wise formula is a class with these members (T: see math.h):
///   kName, kHelp       the name on the command line and one line of help
///   kDomain            the values that y may take
///   kParameters        names of the options that the formula reads from its LossParameters
///   at_zero(z)         f0(z) and f0'(z), as a Term or a LogTerm
///   correction(z, y)   f1(z, y) - f0(z) and its derivative. For y = 0 it is 0: an explicit zero in
///                      the target counts as an absent entry (checked by the contract tests).
///   kThreshold         the score above which a label counts as present
///   best_constant(p)   the score that minimises the loss of an entry whose mean target is p
template <class F>
concept ElementwiseFormula = requires(const F f, float z, float y) {
  { F(LossParameters{}) };
  { F::kName } -> std::convertible_to<std::string_view>;
  { F::kHelp } -> std::convertible_to<std::string_view>;
  { F::kDomain } -> std::convertible_to<Domain>;
  { std::span<const char* const>(F::kParameters) };
  { F::kThreshold } -> std::convertible_to<float>;
  { whole_value(f.at_zero(z)) } -> std::same_as<float>;
  { f.correction(z, y) } -> std::same_as<Term<float>>;
  { f.best_constant(0.5) } -> std::same_as<double>;
};

/// A formula whose f0 and f0' are exactly 0 for every z <= zero_up_to(). Most entries of a trained
/// model then have no gradient, and the output layer keeps the rest as a sparse matrix.
template <class F>
concept SparseGradientFormula = ElementwiseFormula<F> && requires(const F f) {
  { f.zero_up_to() } -> std::convertible_to<float>;
};

/// A formula with f0(z) = zero_curvature() z^2. The sum of f0 over all entries of a linear layer
/// follows from two d x d matrices, without scores (chunked/quadratic_zeros.h).
template <class F>
concept QuadraticZeroFormula = ElementwiseFormula<F> && requires(const F f) {
  { f.zero_curvature() } -> std::same_as<double>;
};

/// best_constant() of a formula without a closed form: bisection for the score at which the mean
/// gradient changes its sign.
template <class Formula>
double balanced_constant(const Formula& formula, double p) {
  const auto gradient = [&](double z) {
    return formula.at_zero(z).gradient + p * formula.correction(z, 1.0).gradient;
  };
  double low = -50.0;
  double high = 50.0;
  for (int i = 0; i < 100; ++i) {
    const double middle = 0.5 * (low + high);
    (gradient(middle) < 0.0 ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

}  // namespace spout
