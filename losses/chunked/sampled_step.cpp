#include "spout/losses/chunked/sampled_step.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_unique.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros.h>

#include "spout/losses/base/sampled_loss.h"
#include "spout/losses/chunked/entry_scores.h"
#include "spout/losses/chunked/score_blocks.h"

namespace spout {
namespace {

/// The input with its loss weights multiplied into the target's values.
ChunkedInput weighed(const ChunkedInput& input) {
  ChunkedInput result = input;
  result.target = input.weights.weigh(input.target);
  result.weights = {};
  return result;
}

EntryInput layer_entries(const ChunkedInput& input) {
  return {input.hidden, input.weight, input.bias, input.target._indices()};
}

/// The drawn labels, checked, on the device of the layer.
DrawnLabels drawn_of(const Loss& loss, const ChunkedInput& input) {
  loss.drawn->check(input.weight.size(0));
  return loss.drawn->on(input.weight.device());
}

/// The loss and its gradients in both kinds of scores.
///   input   weighed()
///   weight  weight_of() the drawn labels
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

/// The weight rows of the drawn labels in the dtype that products are made in, [S, d].
at::Tensor weight_of(const DrawnLabels& drawn, const ChunkedInput& input) {
  return input.weight.index_select(0, drawn.label).to(product_dtype(input.weight));
}

}  // namespace

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
  const auto [labels, slot] = at::_unique(both, /*sorted=*/true, /*return_inverse=*/true);
  const int64_t count = labels.size(0);
  const at::Tensor of_drawn = at::mm(g.t(), input.hidden);
  const at::Tensor rows = at::zeros({count, input.hidden.size(1)}, input.hidden.options())
                              .index_add_(0, slot, at::cat({of_drawn, at_entries.weight}));
  const at::Tensor bias = at::zeros({count}, input.hidden.options())
                              .index_add_(0, slot, at::cat({g.sum(0), at_entries.bias}));
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
  // The scores of drawn labels exist up to three times (as they are, masked, exponentials), and so
  // do weight rows (weights, gradients, the gradients merged).
  return 4.0 * (3.0 * static_cast<double>(n) * labels +
                3.0 * (labels + targets) * static_cast<double>(width));
}

}  // namespace spout
