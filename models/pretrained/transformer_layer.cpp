// Queries, keys and values are one product, split by a view: three of the small products of short
// texts would cost more than they compute.
#include "spout/models/pretrained/transformer_layer.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/softmax.h>

#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "spout/models/base/script.h"

namespace spout {
namespace {

/// Attention with all its scores in memory, for what the fused kernels cannot do: dropout that is a
/// function of the step, and a gradient of the bias.
at::Tensor attend_by_softmax(const at::Tensor& all, const at::Tensor& bias, double dropout_share,
                             const StepRandom& random, uint64_t dropout_layer) {
  const double scale = 1.0 / std::sqrt(static_cast<double>(all.size(-1)));
  at::Tensor scores = at::matmul(all[0], all[1].transpose(-2, -1)) * scale;
  if (bias.defined()) scores = scores + bias;
  const at::Tensor shares = at::softmax(scores, -1);
  return at::matmul(dropout(shares, dropout_share, random, dropout_layer), all[2]);
}

/// Attention by torch's fused kernels.
at::Tensor attend_fused(const at::Tensor& all, const at::Tensor& bias) {
  return at::scaled_dot_product_attention(
      all[0], all[1], all[2],
      bias.defined() ? std::optional(bias.to(all.scalar_type())) : std::nullopt);
}

}  // namespace

at::Tensor TransformerLayer::forward(const TransformerConfig& config, const at::Tensor& h,
                                     const at::Tensor& bias, const StepRandom& random,
                                     uint64_t dropout_layer) const {
  const int64_t n = h.size(0);
  const int64_t tokens = h.size(1);
  const at::Tensor all = attend.linear(h)
                             .view({n, tokens, 3, config.heads, config.width / config.heads})
                             .permute({2, 0, 3, 1, 4});
  const bool fused = (!random.training || config.attention_dropout <= 0.0) &&
                     !(bias.defined() && bias.requires_grad());
  at::Tensor mixed =
      fused ? attend_fused(all, bias)
            : attend_by_softmax(all, bias, config.attention_dropout, random, dropout_layer);
  mixed = join.linear(mixed.transpose(1, 2).reshape({n, tokens, config.width}));
  // DistilBERT has no dropout here.
  if (config.family != PretrainedFamily::kDistilbert) {
    mixed = dropout(mixed, config.hidden_dropout, random, dropout_layer + 1);
  }
  const at::Tensor attended = norm_1.norm(mixed + h, config.norm_eps);
  const at::Tensor fed = narrow.linear(config.activation.apply(widen.linear(attended)));
  return norm_2.norm(dropout(fed, config.hidden_dropout, random, dropout_layer + 2) + attended,
                     config.norm_eps);
}

void TransformerLayer::write_script(Script& script, const TransformerConfig& config) const {
  script.statement(
      fmt::format("a = {}.view([x.size(0), x.size(1), 3, {}, {}]).permute([2, 0, 3, 1, 4])",
                  attend.linear_call(script, "h"), config.heads, config.width / config.heads));
  script.statement("a = torch.scaled_dot_product_attention(a[0], a[1], a[2], bias.to(a.dtype))");
  script.statement(
      fmt::format("a = a.transpose(1, 2).reshape([x.size(0), x.size(1), {}])", config.width));
  script.statement(fmt::format("a = {} + h", join.linear_call(script, "a")));
  script.statement("h = " + norm_1.norm_call(script, "a", config.norm_eps));
  const std::string wide =
      fmt::format(fmt::runtime(config.activation.script), widen.linear_call(script, "h"));
  script.statement(fmt::format("a = {} + h", narrow.linear_call(script, wide)));
  script.statement("h = " + norm_2.norm_call(script, "a", config.norm_eps));
}

void TransformerLayer::keep_low(at::ScalarType type) {
  for (Affine* affine : {&attend, &join, &widen, &narrow})
    affine->keep_low(type);
}

}  // namespace spout
