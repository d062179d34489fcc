// The CUDA kernel of element-wise losses over scores that exist: one pass over the scores gives
// value and gradient. Each thread block writes one partial sum, and ATen adds these, so that the
// result does not depend on the order in which blocks finish.
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>

#include "spout/losses/cuda/cuda_kernels.h"
#include "spout/losses/logits/elementwise.h"

namespace spout {
namespace {

constexpr int64_t kMaxBlocks = 2048;

template <class Formula>
__global__ void elementwise_kernel(Formula formula, const float* z, float* gradient, int64_t count,
                                   float scale, double* partial) {
  EntrySum sum;
  const int64_t stride = static_cast<int64_t>(gridDim.x) * kCudaThreads;
  for (int64_t i = thread_index(); i < count; i += stride) {
    const auto term = formula.at_zero(z[i]);
    sum.add(term);
    if (gradient != nullptr) gradient[i] = scale * term.gradient;
  }
  const double total = block_sum(sum.total());
  if (threadIdx.x == 0) partial[blockIdx.x] = total;
}

template <ElementwiseFormula Formula>
at::Tensor elementwise_pass(const LossPassArgs& args, const at::Tensor& gradient) {
  const at::Tensor& scores = args.scores;
  const int64_t count = scores.numel();
  const int64_t blocks = std::clamp<int64_t>(count_parts(count, kCudaThreads), 1, kMaxBlocks);
  const at::Tensor partial = at::empty({blocks}, scores.options().dtype(at::kDouble));
  launch(scores.device(), blocks, &elementwise_kernel<Formula>, Formula(args.loss.parameters),
         scores.const_data_ptr<float>(),
         gradient.defined() ? gradient.mutable_data_ptr<float>() : nullptr, count,
         static_cast<float>(args.scale), partial.mutable_data_ptr<double>());
  return partial.sum();
}

template <class... Formula>
constexpr std::array<ElementwisePassCuda, sizeof...(Formula)> passes_of(
    std::tuple<Formula...>* /*list*/) {
  return {&elementwise_pass<Formula>...};
}

constexpr auto kPasses = passes_of(static_cast<ElementwiseFormulas*>(nullptr));

}  // namespace

const std::array<ElementwisePassCuda, kNumElementwise>& elementwise_passes_cuda() {
  return kPasses;
}

}  // namespace spout
