#include "spout/losses/base/loss.h"

#include <ATen/ops/empty_like.h>

namespace spout {

void check_domain(const Loss& loss, const at::Tensor& values) {
  check_domain(loss.name, loss.domain, values);
}

at::Tensor gradient_buffer(const LossPassArgs& args) {
  if (!args.want_gradient) return {};
  return args.in_place ? args.scores : at::empty_like(args.scores);
}

}  // namespace spout
