#include "spout/losses/chunked/quadratic_zeros.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/dot.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/mv.h>
#include <ATen/ops/outer.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>

#include "spout/losses/base/target.h"
#include "spout/losses/chunked/entry_scores.h"
#include "spout/losses/chunked/score_blocks.h"
#include "spout/sparse/base/sorted_range.h"

namespace spout {
namespace {

/// A block of the layer's labels, in f32.
struct LabelBlock {
  int64_t begin;
  at::Tensor weight;   // [B, d]
  at::Tensor bias;     // [B]
  at::Tensor weights;  // [B], label weights of the loss; undefined means ones
};

/// The moments of the hidden rows x, each row counted with its weight in the loss.
struct RowMoments {
  at::Tensor square;  // [d, d], sum of x x^T
  at::Tensor sum;     // [d], sum of x
  at::Tensor count;   // scalar, sum of the weights

  RowMoments(const at::Tensor& x, const at::Tensor& weights) {
    const at::Tensor weighed = weights.defined() ? x * weights.unsqueeze(1) : x;
    square = at::mm(x.t(), weighed);
    sum = weighed.sum(0);
    count = weights.defined() ? weights.sum()
                              : at::scalar_tensor(static_cast<double>(x.size(0)), x.options());
  }
};

/// The moments of the labels' weight rows w and biases b, each label counted with its weight in the
/// loss; summed in f64 over blocks.
struct LabelMoments {
  at::Tensor square;  // [d, d], sum of w w^T
  at::Tensor sum;     // [d], sum of b w
  at::Tensor bias;    // scalar, sum of b^2

  explicit LabelMoments(const at::TensorOptions& options, int64_t d) {
    square = at::zeros({d, d}, options.dtype(at::kDouble));
    sum = at::zeros({d}, options.dtype(at::kDouble));
    bias = at::zeros({}, options.dtype(at::kDouble));
  }
  void add(const LabelBlock& block) {
    const at::Tensor w =
        block.weights.defined() ? block.weight * block.weights.unsqueeze(1) : block.weight;
    square.add_(at::mm(block.weight.t(), w));
    sum.add_(at::mv(w.t(), block.bias));
    const at::Tensor b = block.weights.defined() ? block.bias * block.weights : block.bias;
    bias.add_(at::dot(b, block.bias));
  }
  /// The sum of z^2 over all entries, each counted with its weights.
  at::Tensor squares(const RowMoments& rows) const {
    return (rows.square * square).sum() + 2.0 * (rows.sum * sum).sum() + rows.count * bias;
  }
};

/// The terms f1 - f0 of the target's entries.
struct EntryTerms {
  at::Tensor value;     // scalar f64, their sum
  at::Tensor gradient;  // [nnz] f32, their derivatives times the scale
};

EntryTerms entry_terms(const Loss& loss, const ChunkedInput& input, double scale) {
  const TargetEntries entries = entries_of(input.target, at::kFloat);
  const at::Tensor z =
      entry_products({input.hidden, input.weight, input.bias, input.target._indices()});
  TensorTerms terms = loss.entries.target_terms(loss.parameters, z, entries.value,
                                                input.weights.of_positives(input.target));
  if (const at::Tensor weights = input.weights.of_entries(input.target); weights.defined()) {
    terms.value.mul_(weights);
    terms.gradient.mul_(weights);
  }
  return {terms.value.sum(at::kDouble), terms.gradient.mul_(scale)};
}

/// The number of labels in a block. On the CPU their weights make a MiB, so that a block and its
/// gradient stay in cache.
int64_t block_of(const ChunkedInput& input, const ChunkedOptions& options) {
  if (options.block_labels > 0) return options.block_labels;
  const bool cuda = input.weight.is_cuda();
  const int64_t numbers = int64_t{1} << (cuda ? 24 : 18);
  return std::max<int64_t>(numbers / std::max<int64_t>(input.hidden.size(1), 1), 256);
}

template <class Body>
void for_each_block(const ChunkedInput& input, int64_t size, const Body& body) {
  const int64_t num_labels = input.weight.size(0);
  for (int64_t begin = 0; begin < num_labels; begin += size) {
    const int64_t count = std::min(size, num_labels - begin);
    const at::Tensor& weights = input.weights.label;
    body(LabelBlock{begin, input.weight.narrow(0, begin, count).to(at::kFloat),
                    input.bias.narrow(0, begin, count),
                    weights.defined() ? weights.narrow(0, begin, count) : at::Tensor()});
  }
}

/// The gradients of scale * (sum of z^2) with respect to a block's weights.
struct BlockGradient {
  at::Tensor weight;  // [B, d]
  at::Tensor bias;    // [B]

  BlockGradient(const LabelBlock& block, const RowMoments& rows, double scale) {
    const at::Tensor& w = block.weight;
    weight =
        at::outer(block.bias, rows.sum * (2.0 * scale)).addmm_(w, rows.square, 1.0, 2.0 * scale);
    bias = at::mv(w, rows.sum).add_(block.bias * rows.count).mul_(2.0 * scale);
    if (!block.weights.defined()) return;
    weight.mul_(block.weights.unsqueeze(1));
    bias.mul_(block.weights);
  }
};

double scale_of(const ChunkedInput& input, const ChunkedOptions& options) {
  return reduction_scale(options.reduction, input.target.size(0), input.target.size(1));
}

}  // namespace

bool prefers_quadratic_zeros(const Loss& loss, const ChunkedInput& input) {
  const double c = loss.zero_curvature();
  if (std::isnan(c)) return false;
  if (c == 0.0) return true;
  // The products of this way are in f32. By flops it would win up to d = 1.5 n, but its products
  // have less favourable shapes: by scripts/bench/bench_mse.py d = n / 2 gains a quarter, d = n
  // loses a tenth.
  const bool narrow = product_dtype(input.weight) != at::kFloat;
  return !narrow && 2 * input.hidden.size(1) <= input.hidden.size(0);
}

ChunkedResult quadratic_zeros_step(const Loss& loss, const ChunkedInput& input,
                                   const ChunkedOptions& options, BlockSink& sink) {
  const double scale = scale_of(input, options);
  const double c = loss.zero_curvature();
  const EntryTerms entries = entry_terms(loss, input, scale);
  const EntryGradients sums = entry_gradients(
      {input.hidden, input.weight, input.bias, input.target._indices()}, entries.gradient);
  if (c == 0.0) {
    sink.take_rows(sums.labels, sums.weight, sums.bias);
    return {(entries.value * scale).to(at::kFloat), sums.hidden};
  }
  const at::Tensor host_labels = sums.labels.cpu();
  const std::span<const int64_t> listed(host_labels.const_data_ptr<int64_t>(),
                                        static_cast<size_t>(host_labels.numel()));
  const RowMoments rows(input.hidden, input.weights.row);
  LabelMoments labels(input.hidden.options(), input.hidden.size(1));
  for_each_block(input, block_of(input, options), [&](const LabelBlock& block) {
    labels.add(block);
    const BlockGradient gradient(block, rows, c * scale);
    const auto [first, count] = sorted_range(listed, block.begin, block.begin + block.bias.size(0));
    const at::Tensor own = sums.labels.narrow(0, first, count) - block.begin;
    gradient.weight.index_add_(0, own, sums.weight.narrow(0, first, count));
    gradient.bias.index_add_(0, own, sums.bias.narrow(0, first, count));
    sink.take_block(block.begin, gradient.weight, gradient.bias);
  });
  at::Tensor hidden = at::mm(input.hidden, labels.square.to(at::kFloat))
                          .add_(labels.sum.to(at::kFloat))
                          .mul_(2.0 * c * scale);
  if (input.weights.row.defined()) hidden.mul_(input.weights.row.unsqueeze(1));
  const at::Tensor value = (labels.squares(rows) * c + entries.value) * scale;
  return {value.to(at::kFloat), hidden.add_(sums.hidden)};
}

at::Tensor quadratic_zeros_value(const Loss& loss, const ChunkedInput& input,
                                 const ChunkedOptions& options) {
  const double c = loss.zero_curvature();
  const double scale = scale_of(input, options);
  const EntryTerms entries = entry_terms(loss, input, scale);
  if (c == 0.0) return (entries.value * scale).to(at::kFloat);
  const RowMoments rows(input.hidden, input.weights.row);
  LabelMoments labels(input.hidden.options(), input.hidden.size(1));
  for_each_block(input, block_of(input, options),
                 [&](const LabelBlock& block) { labels.add(block); });
  return ((labels.squares(rows) * c + entries.value) * scale).to(at::kFloat);
}

}  // namespace spout
