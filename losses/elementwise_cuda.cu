// CUDA kernel of the element-wise losses: one pass over the scores, value and gradient together.
// Each block sums its entries in f64 and writes one partial sum; ATen adds those, so that the
// result does not depend on the order in which blocks finish.
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <algorithm>
#include <array>

#include "losses/elementwise.h"

namespace spout {
namespace {

constexpr int kThreads = 256;
constexpr int64_t kMaxBlocks = 2048;

template <class Formula>
__global__ void elementwise_kernel(const float* z, float* gradient, int64_t count, float scale,
                                   double* partial) {
  double sum = 0.0;
  const int64_t stride = static_cast<int64_t>(gridDim.x) * blockDim.x;
  for (int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < count;
       i += stride) {
    const auto term = Formula::at_zero(z[i]);
    sum += static_cast<double>(whole_value(term));
    if (gradient != nullptr) gradient[i] = scale * term.gradient;
  }
  __shared__ double shared[kThreads];
  shared[threadIdx.x] = sum;
  __syncthreads();
  for (unsigned int half = kThreads / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) shared[threadIdx.x] += shared[threadIdx.x + half];
    __syncthreads();
  }
  if (threadIdx.x == 0) partial[blockIdx.x] = shared[0];
}

template <ElementwiseFormula Formula>
at::Tensor elementwise_pass(const at::Tensor& scores, const at::Tensor& gradient, float scale) {
  const c10::cuda::CUDAGuard guard(scores.device());
  const int64_t count = scores.numel();
  const int64_t blocks = std::clamp<int64_t>((count + kThreads - 1) / kThreads, 1, kMaxBlocks);
  const at::Tensor partial = at::empty({blocks}, scores.options().dtype(at::kDouble));
  elementwise_kernel<Formula>
      <<<static_cast<unsigned int>(blocks), kThreads, 0, c10::cuda::getCurrentCUDAStream()>>>(
          scores.const_data_ptr<float>(),
          gradient.defined() ? gradient.mutable_data_ptr<float>() : nullptr, count, scale,
          partial.mutable_data_ptr<double>());
  C10_CUDA_KERNEL_LAUNCH_CHECK();
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
