#include "spout/losses/chunked/sparse_products.h"

#include <ATen/Parallel.h>
#include <ATen/ops/embedding_bag.h>
#include <ATen/ops/empty.h>

#include "spout/losses/kernels/kernels.h"

namespace spout {

at::Tensor feature_sums(const at::Tensor& x, const at::Tensor& weight) {
  constexpr int64_t kSumMode = 0;
  return std::get<0>(at::embedding_bag(weight, x.col_indices(), x.crow_indices(),
                                       /*scale_grad_by_freq=*/false, kSumMode, /*sparse=*/false,
                                       x.values(), /*include_last_offset=*/true));
}

at::Tensor feature_gradient(const ColumnGroups& groups, const at::Tensor& gradient) {
  const int64_t d = gradient.size(1);
  at::Tensor result = at::empty({groups.size(), d}, gradient.options());
  const auto* from = gradient.const_data_ptr<float>();
  auto* to = result.mutable_data_ptr<float>();
  constexpr int64_t kGrain = 16;  // the fewest features that are worth a thread
  at::parallel_for(0, groups.size(), kGrain, [&](int64_t first, int64_t last) {
    for (int64_t group = first; group < last; ++group) {
      cpu_kernels().features.gather(from, d, groups[group], to + group * d, d);
    }
  });
  return result;
}

}  // namespace spout
