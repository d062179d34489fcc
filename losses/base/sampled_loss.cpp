#include "spout/losses/base/sampled_loss.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/searchsorted.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <limits>

namespace spout {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();

/// Sets the scores of drawn labels that are targets of the row to -infinity, since a row's targets
/// are counted in full already.
void hide_targets(const DrawnLabels& drawn, const at::Tensor& row, const at::Tensor& column,
                  at::Tensor& scores) {
  const int64_t count = drawn.label.size(0);
  if (count == 0) return;
  const at::Tensor slot = at::searchsorted(drawn.label, column.contiguous()).clamp_max_(count - 1);
  const at::Tensor hit = drawn.label.index_select(0, slot).eq(column).nonzero().squeeze(1);
  const at::Tensor flat = row.index_select(0, hit) * count + slot.index_select(0, hit);
  scores.view(-1).index_fill_(0, flat, kNever);
}

/// log(sum exp) of each row over its drawn labels and its targets: [n].
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

}  // namespace

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
  // A row without targets has no loss, whatever was drawn; but NaN and +infinity must show.
  const at::Tensor is_sound = lse < std::numeric_limits<double>::infinity();
  const at::Tensor terms = at::where((t == 0).logical_and(is_sound), at::zeros_like(t), t * lse);
  SampledLoss result;
  result.value = (terms.sum(at::kDouble) - linear.sum(at::kDouble)) * scale;
  // No score exceeds its row's lse, so exponentials stay finite, in rows without targets as well.
  const at::Tensor shift = at::where(lse == kNever, at::zeros_like(t), lse);
  result.gradient.drawn =
      scores.drawn.sub_(shift.unsqueeze(1)).exp_().mul_((t * scale).unsqueeze(1));
  const at::Tensor expected = (scores.entry - shift.index_select(0, entries.row)).exp();
  result.gradient.entry = (expected * t.index_select(0, entries.row) - y) * scale;
  return result;
}

}  // namespace spout
