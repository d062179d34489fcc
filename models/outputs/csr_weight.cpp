#include "spout/models/outputs/csr_weight.h"

#include <ATen/ops/_sparse_csr_tensor_unsafe.h>
#include <ATen/ops/mm.h>

#include <algorithm>
#include <limits>

namespace spout {

at::Tensor as_sparse(const at::Tensor& x) {
  return x.layout() == at::kSparseCsr ? x : x.to_sparse_csr();
}

void set_weight(CsrWeight& weight, const Csr& matrix) {
  TORCH_CHECK_VALUE(matrix.cols <= std::numeric_limits<int32_t>::max(),
                    "weight: expected at most 2^31 columns, found ", matrix.cols);
  weight.crow.copy_(matrix.crow);
  weight.column.set_data(matrix.col.to(weight.column.device(), at::kInt));
  weight.value.set_data(matrix.values.to(weight.value.device()));
}

void check_weight(const CsrWeight& weight, int64_t features, int64_t columns) {
  TORCH_CHECK_VALUE(weight.column.dim() == 1 && weight.value.dim() == 1,
                    "weight: expected columns and values in one row each");
  check(Csr{features, columns, weight.crow.cpu(), weight.column.to(at::kCPU, at::kLong),
            weight.value.cpu()});
}

void add_products(const CsrWeight& weight, std::span<const int64_t> features,
                  std::span<const float> values, int64_t begin, std::span<float> sums) {
  const auto* crow = weight.crow.const_data_ptr<int64_t>();
  const auto* column = weight.column.const_data_ptr<int32_t>();
  const auto* value = weight.value.const_data_ptr<float>();
  const int64_t end = begin + static_cast<int64_t>(sums.size());
  for (size_t i = 0; i < features.size(); ++i) {
    const int32_t* first = column + crow[features[i]];
    const int32_t* last = column + crow[features[i] + 1];
    if (begin > 0) first = std::lower_bound(first, last, begin);
    const float x = values[i];
    for (const float* w = value + (first - column); first != last && *first < end; ++first, ++w)
      sums[static_cast<size_t>(*first - begin)] += x * *w;
  }
}

at::Tensor products(const at::Tensor& x, const CsrWeight& weight, int64_t columns) {
  const at::Tensor matrix = at::_sparse_csr_tensor_unsafe(
      weight.crow, weight.column.to(at::kLong), weight.value, {weight.crow.size(0) - 1, columns},
      weight.value.options().layout(at::kSparseCsr));
  return at::mm(x, matrix).to_dense();
}

}  // namespace spout
