#include "spout/losses/logits/sampled_softmax.h"

#include <ATen/TensorOperators.h>

#include "spout/losses/base/sampled_loss.h"
#include "spout/losses/logits/softmax.h"

namespace spout {

ValueAndGradient sampled_softmax_loss(const LossPassArgs& args) {
  return args.loss.drawn == nullptr ? softmax_loss(args) : sampled_softmax_reference(args);
}

ValueAndGradient sampled_softmax_reference(const LossPassArgs& args) {
  if (args.loss.drawn == nullptr) return softmax_reference(args);
  const at::Tensor& z = args.scores;
  args.loss.drawn->check(z.size(1));
  const DrawnLabels drawn = args.loss.drawn->on(z.device());
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

}  // namespace spout
