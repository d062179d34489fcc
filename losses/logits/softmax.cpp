#include "spout/losses/logits/softmax.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros.h>

#include <vector>

#include "spout/losses/base/target.h"
#include "spout/losses/kernels/kernels.h"

namespace spout {
namespace {

/// Returns the sum of t lse(z) over all rows. Writes scale * t * softmax(z) unless `out` is null.
double all_rows(const at::Tensor& scores, const std::vector<double>& row_sums, float* out,
                double scale) {
  const ScoreKernels<float>& kernels = cpu_kernels().f32;
  const auto* z = scores.const_data_ptr<float>();
  const int64_t num_labels = scores.size(1);
  std::vector<double> values(row_sums.size(), 0.0);
  at::parallel_for(0, scores.size(0), 1, [&](int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row) {
      const int64_t begin = row * num_labels;
      const double t = row_sums[static_cast<size_t>(row)];
      const ScoreTile<float> tile{z + begin,  out == nullptr ? nullptr : out + begin,
                                  1,          num_labels,
                                  num_labels, static_cast<float>(scale)};
      RowNormalizer normalizer;
      kernels.log_sum_exp(tile, &normalizer);
      const double lse = normalizer.log_sum_exp();
      values[static_cast<size_t>(row)] = num_labels == 0 ? 0.0 : t * lse;
      if (out != nullptr) {
        const auto narrow_lse = static_cast<float>(lse);
        const auto narrow_t = static_cast<float>(t);
        kernels.softmax(tile, &narrow_lse, &narrow_t);
      }
    }
  });
  double sum = 0.0;
  for (const double value : values)
    sum += value;
  return sum;
}

}  // namespace

ValueAndGradient softmax_loss(const LossPassArgs& args) {
  if (!args.scores.is_cpu() || args.scores.scalar_type() != at::kFloat) {
    return softmax_reference(args);
  }
  const TargetEntries entries = entries_of(args.target, at::kFloat);
  const auto row = entries.row.accessor<int64_t, 1>();
  const auto place = entries.place.accessor<int64_t, 1>();
  const auto y = entries.value.accessor<float, 1>();
  const auto* z = args.scores.const_data_ptr<float>();

  std::vector<double> row_sums(static_cast<size_t>(args.scores.size(0)), 0.0);
  double linear = 0.0;  // the sum of y z, taken before the scores may be overwritten
  for (int64_t i = 0; i < place.size(0); ++i) {
    row_sums[static_cast<size_t>(row[i])] += static_cast<double>(y[i]);
    linear += static_cast<double>(y[i]) * static_cast<double>(z[place[i]]);
  }
  const at::Tensor gradient = gradient_buffer(args);
  auto* out = gradient.defined() ? gradient.mutable_data_ptr<float>() : nullptr;
  const double sum = all_rows(args.scores, row_sums, out, args.scale);
  if (out != nullptr) {
    const auto scale = static_cast<float>(args.scale);
    for (int64_t i = 0; i < place.size(0); ++i)
      out[place[i]] -= scale * y[i];
  }
  return {at::scalar_tensor((sum - linear) * args.scale, args.scores.options()), gradient};
}

ValueAndGradient softmax_reference(const LossPassArgs& args) {
  const at::Tensor& z = args.scores;
  const TargetEntries entries = entries_of(args.target, z.scalar_type());
  const at::Tensor row_sums =
      at::zeros({z.size(0)}, z.options()).index_add_(0, entries.row, entries.value);
  const at::Tensor lse = z.size(1) == 0 ? at::zeros({z.size(0)}, z.options()) : at::logsumexp(z, 1);
  const at::Tensor linear =
      (entries.value * z.view(-1).index_select(0, entries.place)).sum(at::kDouble);
  const at::Tensor value = ((row_sums * lse).sum(at::kDouble) - linear) * args.scale;
  const at::Tensor gradient = gradient_buffer(args);
  if (gradient.defined()) {
    gradient.copy_((z - lse.unsqueeze(1)).exp() * (row_sums * args.scale).unsqueeze(1));
    gradient.view(-1).index_add_(0, entries.place, entries.value, -args.scale);
  }
  return {value.to(z.scalar_type()), gradient};
}

}  // namespace spout
