#include "losses/quadratic_zeros.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/mv.h>
#include <ATen/ops/outer.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>

#include "losses/entry_scores.h"
#include "losses/target.h"

namespace spout {
namespace {

/// The second moments of the hidden rows, each counted as its weight says.
struct RowMoments {
  at::Tensor square;  // [d, d] sum of x x^T
  at::Tensor sum;     // [d]
  at::Tensor count;   // scalar

  RowMoments(const at::Tensor& x, const at::Tensor& weights) {
    const at::Tensor weighed = weights.defined() ? x * weights.unsqueeze(1) : x;
    square = at::mm(x.t(), weighed);
    sum = weighed.sum(0);
    count = weights.defined() ? weights.sum()
                              : at::scalar_tensor(static_cast<double>(x.size(0)), x.options());
  }
};

/// The same of the weights' rows, block by block.
struct LabelMoments {
  at::Tensor square;  // [d, d] sum of w w^T
  at::Tensor sum;     // [d] sum of b w
};

/// A block's part of the gradients and of the value.
struct BlockTerms {
  at::Tensor weight;  // [B, d] the derivative of 1/2 sum z^2
  at::Tensor bias;    // [B]
  at::Tensor value;   // scalar f64, sum z^2
};

BlockTerms terms_of(const RowMoments& rows, const at::Tensor& w, const at::Tensor& b,
                    const at::Tensor& label_weights, LabelMoments& labels) {
  BlockTerms terms{at::mm(w, rows.square), at::mv(w, rows.sum).add_(b * rows.count), {}};
  terms.weight.addr_(b, rows.sum);
  if (label_weights.defined()) {
    terms.weight.mul_(label_weights.unsqueeze(1));
    terms.bias.mul_(label_weights);
  }
  terms.value = (terms.weight * w).sum(at::kDouble) + (terms.bias * b).sum(at::kDouble);
  const at::Tensor weighed = label_weights.defined() ? w * label_weights.unsqueeze(1) : w;
  labels.square.addmm_(w.t(), weighed);
  labels.sum.add_(at::mv(weighed.t(), b));
  return terms;
}

/// f1 - f0 at the target's entries, and the derivatives there.
struct EntryTerms {
  at::Tensor value;     // scalar f64
  at::Tensor gradient;  // [nnz] f32
};

EntryTerms entry_terms(const Loss& loss, const ChunkedInput& input, double scale) {
  const TargetEntries entries = entries_of(input.target, at::kFloat);
  const at::Tensor z = entry_products({input.hidden, input.weight, input.bias,
                                       input.target._indices()});
  TensorTerms terms = loss.entries.target_terms(loss.parameters, z, entries.value,
                                                input.weights.of_positives(input.target));
  if (const at::Tensor weights = input.weights.of_entries(input.target); weights.defined()) {
    terms.value.mul_(weights);
    terms.gradient.mul_(weights);
  }
  return {terms.value.sum(at::kDouble), terms.gradient.mul_(scale)};
}

/// Labels whose weights make half a MiB, so that a block and its gradient stay in cache.
int64_t block_of(const ChunkedInput& input, const ChunkedOptions& options) {
  if (options.block_labels > 0) return options.block_labels;
  const bool cuda = input.weight.is_cuda();
  const int64_t numbers = int64_t{1} << (cuda ? 24 : 18);
  return std::max<int64_t>(numbers / std::max<int64_t>(input.hidden.size(1), 1), 256);
}

/// Runs body(begin, w, b, terms) over the blocks; returns sum z^2.
template <class Body>
at::Tensor for_each_block(const ChunkedInput& input, int64_t size, LabelMoments& labels,
                          const Body& body) {
  const int64_t num_labels = input.weight.size(0);
  const RowMoments rows(input.hidden, input.weights.row);
  at::Tensor sum = at::zeros({}, input.hidden.options().dtype(at::kDouble));
  for (int64_t begin = 0; begin < num_labels; begin += size) {
    const int64_t count = std::min(size, num_labels - begin);
    const at::Tensor& of_labels = input.weights.label;
    BlockTerms terms =
        terms_of(rows, input.weight.narrow(0, begin, count).to(at::kFloat),
                 input.bias.narrow(0, begin, count),
                 of_labels.defined() ? of_labels.narrow(0, begin, count) : at::Tensor(), labels);
    sum.add_(terms.value);
    body(begin, terms);
  }
  return sum;
}

LabelMoments no_labels_yet(const at::Tensor& x) {
  return {at::zeros({x.size(1), x.size(1)}, x.options()), at::zeros({x.size(1)}, x.options())};
}

double scale_of(const ChunkedInput& input, const ChunkedOptions& options) {
  return reduction_scale(options.reduction, input.target.size(0), input.target.size(1));
}

}  // namespace

bool prefers_quadratic_zeros(const Loss& loss, const ChunkedInput& input) {
  const double c = loss.zero_curvature();
  if (std::isnan(c)) return false;
  if (c == 0.0) return true;
  // Its products are in f32, whose rounding the loss must not show.
  const bool narrow = product_dtype(input.weight) != at::kFloat;
  return !narrow && input.hidden.size(1) <= input.hidden.size(0);
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
  const auto* first = host_labels.const_data_ptr<int64_t>();
  const auto* last = first + host_labels.numel();
  const int64_t size = block_of(input, options);
  LabelMoments labels = no_labels_yet(input.hidden);
  const at::Tensor zeros = for_each_block(input, size, labels, [&](int64_t begin,
                                                                   BlockTerms& terms) {
    terms.weight.mul_(2.0 * c * scale);
    terms.bias.mul_(2.0 * c * scale);
    const int64_t from = std::lower_bound(first, last, begin) - first;
    const int64_t count = std::lower_bound(first + from, last, begin + size) - (first + from);
    const at::Tensor own = sums.labels.narrow(0, from, count) - begin;
    terms.weight.index_add_(0, own, sums.weight.narrow(0, from, count));
    terms.bias.index_add_(0, own, sums.bias.narrow(0, from, count));
    sink.take_block(begin, terms.weight, terms.bias);
  });
  at::Tensor hidden = at::mm(input.hidden, labels.square).add_(labels.sum).mul_(2.0 * c * scale);
  if (input.weights.row.defined()) hidden.mul_(input.weights.row.unsqueeze(1));
  return {((zeros * c + entries.value) * scale).to(at::kFloat), hidden.add_(sums.hidden)};
}

at::Tensor quadratic_zeros_value(const Loss& loss, const ChunkedInput& input,
                                 const ChunkedOptions& options) {
  const double c = loss.zero_curvature();
  const double scale = scale_of(input, options);
  const EntryTerms entries = entry_terms(loss, input, scale);
  if (c == 0.0) return (entries.value * scale).to(at::kFloat);
  LabelMoments labels = no_labels_yet(input.hidden);
  const at::Tensor zeros = for_each_block(input, block_of(input, options), labels,
                                          [](int64_t /*begin*/, const BlockTerms& /*terms*/) {});
  return ((zeros * c + entries.value) * scale).to(at::kFloat);
}

}  // namespace spout
