#include "spout/app/training/initial_bias.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>

namespace spout {
namespace {

/// The number of non-zeros of each label, and a sum over them.
struct LabelSums {
  std::vector<double> count;  // [L]
  std::vector<double> sum;    // [L]
};

template <class Term>
LabelSums sums_of(const Csr& y, const Term& term) {
  const auto labels = static_cast<size_t>(y.cols);
  LabelSums sums{std::vector<double>(labels, 0.0), std::vector<double>(labels, 0.0)};
  const auto* columns = y.col.const_data_ptr<int64_t>();
  const auto* values = y.values.const_data_ptr<float>();
  for (int64_t i = 0; i < y.nnz(); ++i) {
    if (values[i] == 0.0F) continue;
    sums.count[static_cast<size_t>(columns[i])] += 1.0;
    sums.sum[static_cast<size_t>(columns[i])] += term(static_cast<double>(values[i]));
  }
  return sums;
}

/// bias(label) of every label, [L] f32.
template <class Bias>
at::Tensor for_each_label(const LabelSums& sums, const Bias& bias) {
  at::Tensor result = at::empty({static_cast<int64_t>(sums.sum.size())}, at::kFloat);
  auto* out = result.mutable_data_ptr<float>();
  for (size_t label = 0; label < sums.sum.size(); ++label)
    out[label] = static_cast<float>(bias(label));
  return result;
}

}  // namespace

at::Tensor frequency_bias(const Loss& loss, const Csr& y, const at::Tensor& positive,
                          bool support) {
  const LabelSums sums = sums_of(y, [&](double value) { return support ? 1.0 : value; });
  // Half a positive and half a negative example are added, which keeps the biases of rare labels
  // finite.
  const bool smooth = support || loss.domain != Domain::kReal;
  const double half = smooth ? 0.5 : 0.0;
  const auto rows = static_cast<double>(y.rows);
  const auto* weights = positive.defined() ? positive.const_data_ptr<float>() : nullptr;
  return for_each_label(sums, [&](size_t label) {
    const double weight = weights == nullptr ? 1.0 : static_cast<double>(weights[label]);
    const double weighed = weight * (sums.sum[label] + half);
    // In a loss over whole rows labels compete with each other, not each with its own absence.
    const bool competes = loss.needs_whole_rows();
    const double others = rows - sums.count[label] + half;
    const double all = competes ? rows + 2.0 * half : others + weight * (sums.count[label] + half);
    return loss.best_constant(weighed / all);
  });
}

at::Tensor mean_value_bias(const ValueLoss& loss, const Csr& y) {
  const LabelSums sums = sums_of(y, loss.to_mean);
  double all = 0.0;
  double count = 0.0;
  for (size_t label = 0; label < sums.sum.size(); ++label) {
    all += sums.sum[label];
    count += sums.count[label];
  }
  const double common = count == 0.0 ? 0.0 : all / count;
  return for_each_label(sums, [&](size_t label) {
    if (count == 0.0) return 0.0;
    return loss.from_mean((sums.sum[label] + common) / (sums.count[label] + 1.0));
  });
}

double value_unit(const ValueLoss& loss, const Csr& y) {
  if (!loss.in_squared_units) return 1.0;
  const auto* values = y.values.const_data_ptr<float>();
  double count = 0.0;
  double sum = 0.0;
  double squares = 0.0;
  for (int64_t i = 0; i < y.nnz(); ++i) {
    const auto value = static_cast<double>(values[i]);
    count += value != 0.0 ? 1.0 : 0.0;
    sum += value;
    squares += value * value;
  }
  const double mean = count == 0.0 ? 0.0 : sum / count;
  const double variance = count == 0.0 ? 0.0 : squares / count - mean * mean;
  constexpr double kNone = 1e-6;  // a variance below this share of the mean square is rounding
  return variance > kNone * squares / std::max(count, 1.0) ? variance : 1.0;
}

}  // namespace spout
