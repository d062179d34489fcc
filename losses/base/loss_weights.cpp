#include "spout/losses/base/loss_weights.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_sparse_coo_tensor_unsafe.h>

namespace spout {
namespace {

void check_one(const at::Tensor& weights, int64_t count, c10::Device device, const char* name) {
  if (!weights.defined()) return;
  TORCH_CHECK_VALUE(weights.dim() == 1 && weights.size(0) == count &&
                        weights.scalar_type() == at::kFloat && weights.is_contiguous() &&
                        weights.device() == device,
                    "loss: expected ", name, " weights f32 [", count, "] on ", device, ", found ",
                    weights.scalar_type(), " ", weights.sizes(), " on ", weights.device());
}

}  // namespace

void LossWeights::check(int64_t n, int64_t num_labels, c10::Device device) const {
  check_one(row, n, device, "row");
  check_one(label, num_labels, device, "label");
  check_one(positive, num_labels, device, "positive");
}

at::Tensor LossWeights::broadcast() const {
  if (!row.defined()) return label.unsqueeze(0);
  return label.defined() ? row.unsqueeze(1) * label : row.unsqueeze(1);
}

at::Tensor LossWeights::of_entries(const at::Tensor& target) const {
  const at::Tensor indices = target._indices();
  at::Tensor weights;
  if (row.defined()) weights = row.index_select(0, indices[0]);
  if (!label.defined()) return weights;
  const at::Tensor of_label = label.index_select(0, indices[1]);
  return weights.defined() ? weights.mul_(of_label) : of_label;
}

at::Tensor LossWeights::of_positives(const at::Tensor& target) const {
  if (!positive.defined()) return {};
  const at::Tensor weights = positive.index_select(0, target._indices()[1]);
  return weights.masked_fill_(target._values().eq(0), 1.0);
}

at::Tensor LossWeights::weigh(const at::Tensor& target) const {
  if (!any()) return target;
  at::Tensor values = target._values();
  for (const at::Tensor& weights : {of_entries(target), of_positives(target)}) {
    if (weights.defined()) values = values * weights;
  }
  return at::_sparse_coo_tensor_unsafe(target._indices(), values, target.sizes(), target.options(),
                                       /*is_coalesced=*/true);
}

}  // namespace spout
