#include "spout/models/encoders/token_embedding.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/embedding.h>

#include "spout/models/base/script.h"

namespace spout {

at::Tensor token_mask(const at::Tensor& x, int64_t padding) {
  TORCH_CHECK_VALUE(x.dim() == 2 && x.layout() == at::kStrided && x.scalar_type() == at::kLong,
                    "tokens: expected their numbers [n, T], found ", x.scalar_type(), " ",
                    x.sizes());
  return x.ne(padding);
}

at::Tensor embed_tokens(const at::Tensor& x, const at::Tensor& mask, const at::Tensor& table,
                        int64_t padding) {
  return at::embedding(table, x, padding, /*scale_grad_by_freq=*/false,
                       /*sparse=*/true) *
         mask.unsqueeze(2);
}

void write_token_embedding(Script& script, const at::Tensor& table, int64_t padding) {
  script.statement("real = torch.ne(x, " + std::to_string(padding) + ")");
  script.statement("h = torch.embedding(" + script.parameter("embedding", table) +
                   ", x) * real.unsqueeze(2)");
}

}  // namespace spout
