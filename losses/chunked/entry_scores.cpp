#include "spout/losses/chunked/entry_scores.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_convert_indices_from_coo_to_csr.h>
#include <ATen/ops/_sparse_coo_tensor_unsafe.h>
#include <ATen/ops/_sparse_csr_tensor_unsafe.h>
#include <ATen/ops/_unique.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "spout/losses/chunked/sparse_products.h"

namespace spout {
namespace {

/// Calls body(begin, count) for parts of m entries, whose vectors of d numbers take at most 4 MiB.
template <class Body>
void for_parts(int64_t m, int64_t d, const Body& body) {
  const int64_t most = std::max<int64_t>((int64_t{1} << 20) / std::max<int64_t>(d, 1), 1);
  for (int64_t begin = 0; begin < m; begin += most)
    body(begin, std::min(most, m - begin));
}

void check(const EntryInput& input) {
  const at::Tensor& x = input.hidden;
  const at::Tensor& w = input.weight;
  TORCH_CHECK_VALUE(x.dim() == 2 && w.dim() == 2 && x.size(1) == w.size(1), "entry_scores: hidden ",
                    x.sizes(), " but weight ", w.sizes());
  TORCH_CHECK_VALUE(input.bias.dim() == 1 && input.bias.size(0) == w.size(0),
                    "entry_scores: weight ", w.sizes(), " but bias ", input.bias.sizes());
  TORCH_CHECK_VALUE(input.entries.dim() == 2 && input.entries.size(0) == 2,
                    "entry_scores: expected entries [2, m], found ", input.entries.sizes());
}

/// The rows of the weight's gradient by scattered sums, on any device.
///   slot  [m], the index of an entry's label among the `count` labels that occur
at::Tensor scattered_rows(const EntryInput& input, const at::Tensor& slot, int64_t count,
                          const at::Tensor& gradient) {
  const at::Tensor& x = input.hidden;
  at::Tensor rows = at::zeros({count, x.size(1)}, x.options());
  for_parts(slot.size(0), x.size(1), [&](int64_t begin, int64_t size) {
    const at::Tensor row = input.entries[0].narrow(0, begin, size);
    const at::Tensor scale = gradient.narrow(0, begin, size).unsqueeze(1);
    rows.index_add_(0, slot.narrow(0, begin, size), x.index_select(0, row).mul_(scale));
  });
  return rows;
}

/// The autograd function of entry_scores().
class EntryScores : public torch::autograd::Function<EntryScores> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& hidden,
                            const at::Tensor& weight, const at::Tensor& bias,
                            const at::Tensor& entries) {
    context->save_for_backward({hidden, weight, bias, entries});
    return entry_products({hidden, weight, bias, entries});
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& outputs) {
    TORCH_CHECK_NOT_IMPLEMENTED(!at::GradMode::is_enabled(),
                                "entry_scores: a second derivative is not available");
    const auto saved = context->get_saved_variables();
    const at::Tensor& weight = saved[1];
    const EntryGradients sums =
        entry_gradients({saved[0], weight, saved[2], saved[3]}, outputs[0].contiguous());
    const at::Tensor weight_gradient = at::_sparse_coo_tensor_unsafe(
        sums.labels.unsqueeze(0), sums.weight, weight.sizes(),
        sums.weight.options().layout(at::kSparse), /*is_coalesced=*/true);
    const at::Tensor bias_gradient =
        at::zeros({weight.size(0)}, sums.bias.options()).index_copy_(0, sums.labels, sums.bias);
    return {sums.hidden, weight_gradient, bias_gradient, {}};
  }
};

}  // namespace

at::Tensor entry_products(const EntryInput& input) {
  check(input);
  const at::Tensor& entries = input.entries;
  at::Tensor sums = at::empty({entries.size(1)}, input.hidden.options());
  for_parts(entries.size(1), input.hidden.size(1), [&](int64_t begin, int64_t count) {
    const at::Tensor part = entries.narrow(1, begin, count);
    sums.narrow(0, begin, count)
        .copy_(input.hidden.index_select(0, part[0])
                   .mul_(input.weight.index_select(0, part[1]))
                   .sum(1));
  });
  return sums.add_(input.bias.index_select(0, entries[1]));
}

EntryGradients entry_gradients(const EntryInput& input, const at::Tensor& gradient) {
  check(input);
  const at::Tensor& x = input.hidden;
  // Over the labels that occur, the gradient is a sparse matrix [n, u], whose products are made
  // like those of sparse features.
  const auto [labels, slot] =
      at::_unique(input.entries[1], /*sorted=*/true, /*return_inverse=*/true);
  const int64_t count = labels.size(0);
  const at::Tensor weight = input.weight.index_select(0, labels).to(at::kFloat);
  const at::Tensor matrix = at::_sparse_csr_tensor_unsafe(
      at::_convert_indices_from_coo_to_csr(input.entries[0].contiguous(), x.size(0)), slot,
      gradient, {x.size(0), count}, gradient.options().layout(at::kSparseCsr));
  EntryGradients sums;
  sums.labels = labels;
  sums.hidden = count > 0 ? feature_sums(matrix, weight) : at::zeros(x.sizes(), x.options());
  // In host memory the entries can be grouped by label.
  sums.weight = x.is_cpu() && count > 0 ? feature_gradient(group_by_column(matrix), x.contiguous())
                                        : scattered_rows(input, slot, count, gradient);
  sums.bias = at::zeros({count}, gradient.options()).index_add_(0, slot, gradient);
  return sums;
}

at::Tensor entry_scores(const EntryInput& input) {
  return EntryScores::apply(input.hidden, input.weight, input.bias, input.entries);
}

}  // namespace spout
