#include "spout/models/outputs/feature_linear.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_sparse_coo_tensor_unsafe.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/tensor.h>
#include <torch/csrc/autograd/custom_function.h>

#include "spout/losses/chunked/sparse_products.h"

namespace spout {
namespace {

class FeatureSums : public torch::autograd::Function<FeatureSums> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& weight,
                            const at::Tensor& x) {
    context->saved_data["x"] = x;
    context->saved_data["features"] = weight.size(0);
    return feature_sums(x, weight.detach());
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& outputs) {
    TORCH_CHECK_NOT_IMPLEMENTED(!at::GradMode::is_enabled(),
                                "sparse_linear: a second derivative is not available");
    const ColumnGroups groups = group_by_column(context->saved_data["x"].toTensor());
    const at::Tensor rows = at::tensor(groups.column, at::kLong).unsqueeze(0);
    const at::Tensor values = feature_gradient(groups, outputs[0].to(at::kFloat).contiguous());
    const int64_t num_features = context->saved_data["features"].toInt();
    return {at::_sparse_coo_tensor_unsafe(rows, values, {num_features, values.size(1)},
                                          values.options().layout(at::kSparse),
                                          /*is_coalesced=*/true),
            {}};
  }
};

}  // namespace

at::Tensor sparse_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  TORCH_CHECK_VALUE(x.dim() == 2 && x.size(1) == weight.size(0), "sparse_linear: x ", x.sizes(),
                    " but weight ", weight.sizes());
  if (x.layout() != at::kSparseCsr) return at::addmm(bias, x, weight);
  if (!x.is_cpu() || weight.scalar_type() != at::kFloat) return feature_sums(x, weight) + bias;
  return FeatureSums::apply(weight, x) + bias;
}

}  // namespace spout
