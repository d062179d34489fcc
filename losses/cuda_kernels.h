// What the CUDA kernels share; for .cu files only. Sums of f0 go over 64 entries in f32 with one
// logarithm, sum log1p(u) = log prod(1 + u), and beyond that in f64. Thread blocks add up through a
// tree in shared memory and leave one number each, so that no sum depends on which block ends
// first.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include "losses/formula.h"

namespace spout {

inline constexpr int kCudaThreads = 256;  // in a thread block

inline SPOUT_HOST_DEVICE int64_t count_parts(int64_t count, int64_t part) {
  return (count + part - 1) / part;
}

/// Starts `blocks` thread blocks of a kernel on the device's current stream; 0 are none.
template <class... Parameters, class... Arguments>
void launch(c10::Device device, int64_t blocks, void (*kernel)(Parameters...),
            Arguments... arguments) {
  if (blocks == 0) return;
  const c10::cuda::CUDAGuard guard(device);
  kernel<<<static_cast<unsigned int>(blocks), kCudaThreads, 0, c10::cuda::getCurrentCUDAStream()>>>(
      arguments...);
  C10_CUDA_KERNEL_LAUNCH_CHECK();
}

/// The number of this thread among all of the launch.
__device__ inline int64_t thread_index() {
  return static_cast<int64_t>(blockIdx.x) * kCudaThreads + threadIdx.x;
}

/// combine() over the values of all threads of a block, given to each; every thread must call it.
template <class T, class Combine>
__device__ T combine_block(T value, const Combine& combine) {
  __shared__ T shared[kCudaThreads];
  __syncthreads();  // those of an earlier call have been read
  shared[threadIdx.x] = value;
  __syncthreads();
  for (unsigned int half = kCudaThreads / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) {
      shared[threadIdx.x] = combine(shared[threadIdx.x], shared[threadIdx.x + half]);
    }
    __syncthreads();
  }
  return shared[0];
}

__device__ inline double block_sum(double value) {
  return combine_block(value, [](double a, double b) { return a + b; });
}

/// Adds the sum over a thread block to the block's own element of `sums`.
__device__ inline void add_block_sum(double value, double* sums) {
  const double sum = block_sum(value);
  if (threadIdx.x == 0) sums[blockIdx.x] += sum;
}

/// The sum of f0 over the entries of one thread.
class EntrySum {
 public:
  SPOUT_HOST_DEVICE void add(const Term<float>& term) {
    sum_ += term.value;
    count();
  }
  SPOUT_HOST_DEVICE void add(const LogTerm<float>& term) {
    sum_ += term.value;
    product_ += term.log1p_of + product_ * term.log1p_of;  // minus 1: most u are tiny
    count();
  }
  SPOUT_HOST_DEVICE double total() const { return total_ + partial(); }

 private:
  static constexpr int kPartial = 64;  // 2^64, the largest product, is within f32's range

  SPOUT_HOST_DEVICE double partial() const {
    return static_cast<double>(sum_) + static_cast<double>(math::log1p(product_));
  }
  SPOUT_HOST_DEVICE void count() {
    if (++count_ < kPartial) return;
    total_ += partial();
    sum_ = 0.0F;
    product_ = 0.0F;
    count_ = 0;
  }

  double total_ = 0.0;
  float sum_ = 0.0F;
  float product_ = 0.0F;  // of (1 + u), minus 1
  int count_ = 0;
};

}  // namespace spout
