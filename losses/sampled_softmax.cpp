#include "losses/sampled_softmax.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_unique.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/searchsorted.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <limits>

#include "losses/elementwise.h"
#include "losses/entry_scores.h"
#include "losses/softmax.h"
#include "losses/target.h"

namespace spout {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();

/// Scores where the loss looks: of drawn labels in all rows, and at the target's entries.
struct SampledScores {
  at::Tensor drawn;  // [n, S]
  at::Tensor entry;  // [nnz]
};

/// The sum of the loss, and what becomes of both kinds of scores.
struct SampledLoss {
  at::Tensor value;  // scalar f64
  SampledScores gradient;
};

/// Leaves out of a row's drawn labels those that are its targets.
void hide_targets(const DrawnLabels& drawn, const at::Tensor& row, const at::Tensor& column,
                  at::Tensor& scores) {
  const int64_t count = drawn.label.size(0);
  if (count == 0) return;
  const at::Tensor place = at::searchsorted(drawn.label, column.contiguous()).clamp_max_(count - 1);
  const at::Tensor hit = drawn.label.index_select(0, place).eq(column).nonzero().squeeze(1);
  const at::Tensor flat = row.index_select(0, hit) * count + place.index_select(0, hit);
  scores.view(-1).index_fill_(0, flat, kNever);
}

/// log(sum exp) of each row over both kinds.
at::Tensor log_normalizers(const SampledScores& scores, const at::Tensor& row) {
  const int64_t n = scores.drawn.size(0);
  const at::Tensor of_drawn = scores.drawn.size(1) == 0
                                  ? at::full({n}, kNever, scores.drawn.options())
                                  : at::logsumexp(scores.drawn, 1);
  const at::Tensor highest =
      at::full({n}, kNever, of_drawn.options()).scatter_reduce_(0, row, scores.entry, "amax");
  const at::Tensor top = at::maximum(of_drawn, highest);
  const at::Tensor shift = at::where(top == kNever, at::zeros_like(top), top);
  const at::Tensor sum = (of_drawn - shift)
                             .exp()
                             .index_add_(0, row, (scores.entry - shift.index_select(0, row)).exp());
  return shift + sum.log();
}

/// scores.drawn is overwritten.
SampledLoss sampled_loss(const DrawnLabels& drawn, const TargetEntries& entries,
                         SampledScores scores, double scale) {
  const at::Tensor& y = entries.value;
  const at::Tensor is_target = y.ne(0);  // an explicit zero is an absent entry
  const at::Tensor kept = is_target.nonzero().squeeze(1);
  hide_targets(drawn, entries.row.index_select(0, kept), entries.column.index_select(0, kept),
               scores.drawn);
  const at::Tensor linear = at::where(is_target, y * scores.entry, at::zeros_like(y));
  scores.entry = scores.entry.masked_fill(is_target.logical_not(), kNever);

  const at::Tensor t = at::zeros({scores.drawn.size(0)}, y.options()).index_add_(0, entries.row, y);
  const at::Tensor lse = log_normalizers(scores, entries.row);
  // A row without targets has no loss, whatever was drawn for it, but for what is no number.
  const at::Tensor is_sound = lse < std::numeric_limits<double>::infinity();
  const at::Tensor terms = at::where((t == 0).logical_and(is_sound), at::zeros_like(t), t * lse);
  SampledLoss result;
  result.value = (terms.sum(at::kDouble) - linear.sum(at::kDouble)) * scale;
  // No score is above its row's lse: exponentials stay finite in rows without targets as well.
  const at::Tensor shift = at::where(lse == kNever, at::zeros_like(t), lse);
  result.gradient.drawn =
      scores.drawn.sub_(shift.unsqueeze(1)).exp_().mul_((t * scale).unsqueeze(1));
  const at::Tensor expected = (scores.entry - shift.index_select(0, entries.row)).exp();
  result.gradient.entry = (expected * t.index_select(0, entries.row) - y) * scale;
  return result;
}

ChunkedInput weighed(const ChunkedInput& input) {
  ChunkedInput result = input;
  result.target = input.weights.weigh(input.target);
  result.weights = {};
  return result;
}

EntryInput layer_entries(const ChunkedInput& input) {
  return {input.hidden, input.weight, input.bias, input.target._indices()};
}

/// The labels drawn, where the layer lies.
DrawnLabels drawn_of(const Loss& loss, const ChunkedInput& input) {
  loss.drawn->check(input.weight.size(0));
  return loss.drawn->on(input.weight.device());
}

/// Value and gradients of both kinds of scores, for an output layer whose target is weighed.
///   weight  [S, d] of the drawn labels, in the dtype that products are made in
SampledLoss layer_loss(const DrawnLabels& drawn, const ChunkedInput& input,
                       const ChunkedOptions& options, const at::Tensor& weight) {
  const at::Tensor offset = input.bias.index_select(0, drawn.label) + drawn.log_count;
  SampledScores scores;
  scores.drawn =
      at::mm(input.hidden.to(weight.scalar_type()), weight.t()).to(at::kFloat).add_(offset);
  scores.entry = entry_products(layer_entries(input));
  const double scale =
      reduction_scale(options.reduction, input.target.size(0), input.target.size(1));
  return sampled_loss(drawn, entries_of(input.target, at::kFloat), std::move(scores), scale);
}

at::Tensor weight_of(const DrawnLabels& drawn, const ChunkedInput& input) {
  return input.weight.index_select(0, drawn.label).to(product_dtype(input.weight));
}

}  // namespace

ValueAndGradient sampled_softmax_loss(const LossPassArgs& args) {
  return args.drawn == nullptr ? softmax_loss(args) : sampled_softmax_reference(args);
}

ValueAndGradient sampled_softmax_reference(const LossPassArgs& args) {
  if (args.drawn == nullptr) return softmax_reference(args);
  const at::Tensor& z = args.scores;
  args.drawn->check(z.size(1));
  const DrawnLabels drawn = args.drawn->on(z.device());
  const TargetEntries entries = entries_of(args.target, z.scalar_type());
  SampledScores scores{z.index_select(1, drawn.label).add_(drawn.log_count),
                       z.view(-1).index_select(0, entries.place)};
  const SampledLoss result = sampled_loss(drawn, entries, std::move(scores), args.scale);
  const at::Tensor gradient = gradient_buffer(args);
  if (gradient.defined()) {
    gradient.zero_();
    gradient.index_copy_(1, drawn.label, result.gradient.drawn);
    gradient.view(-1).index_add_(0, entries.place, result.gradient.entry);
  }
  return {result.value.to(z.scalar_type()), gradient};
}

ChunkedResult sampled_softmax_step(const Loss& loss, const ChunkedInput& unweighed,
                                   const ChunkedOptions& options, BlockSink& sink) {
  const ChunkedInput input = weighed(unweighed);
  const DrawnLabels drawn = drawn_of(loss, input);
  const at::Tensor weight = weight_of(drawn, input);
  const SampledLoss result = layer_loss(drawn, input, options, weight);
  const EntryGradients at_entries = entry_gradients(layer_entries(input), result.gradient.entry);
  const at::Tensor& g = result.gradient.drawn;
  const at::Tensor hidden =
      at::mm(g.to(weight.scalar_type()), weight).to(at::kFloat).add_(at_entries.hidden);

  const at::Tensor both = at::cat({drawn.label, at_entries.labels});
  const auto [labels, place] = at::_unique(both, /*sorted=*/true, /*return_inverse=*/true);
  const int64_t count = labels.size(0);
  const at::Tensor of_drawn = at::mm(g.t(), input.hidden);
  const at::Tensor rows = at::zeros({count, input.hidden.size(1)}, input.hidden.options())
                              .index_add_(0, place, at::cat({of_drawn, at_entries.weight}));
  const at::Tensor bias = at::zeros({count}, input.hidden.options())
                              .index_add_(0, place, at::cat({g.sum(0), at_entries.bias}));
  sink.take_rows(labels, rows, bias);
  return {result.value.to(at::kFloat), hidden};
}

at::Tensor sampled_softmax_value(const Loss& loss, const ChunkedInput& unweighed,
                                 const ChunkedOptions& options) {
  const ChunkedInput input = weighed(unweighed);
  const DrawnLabels drawn = drawn_of(loss, input);
  return layer_loss(drawn, input, options, weight_of(drawn, input)).value.to(at::kFloat);
}

double sampled_softmax_workspace_bytes(int64_t n, int64_t drawn, int64_t width, double targets) {
  const auto labels = static_cast<double>(drawn);
  // Scores, masked and with their exponentials; rows of weights, of their gradients, and both.
  return 4.0 * (3.0 * static_cast<double>(n) * labels +
                3.0 * (labels + targets) * static_cast<double>(width));
}

}  // namespace spout
