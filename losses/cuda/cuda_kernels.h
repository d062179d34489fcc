// The parts that all CUDA kernels share; for .cu files only. 64 terms f0 are summed in f32 with one
// logarithm, sum of log1p(u) = log of the product of (1 + u); beyond that sums are f64. Thread
// blocks add up through a tree in shared memory and leave one number each, so that no sum depends
// on which block ends first.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include "spout/losses/formulas/formula.h"

namespace spout {

inline constexpr int kCudaThreads = 256;  // in a thread block

inline SPOUT_HOST_DEVICE int64_t count_parts(int64_t count, int64_t part) {
  return (count + part - 1) / part;
}

/// Starts `blocks` thread blocks of a kernel on the device's current stream; does nothing for 0.
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

/// Combines the values of all threads of a block and returns the result to each of them. Every
/// thread of the block must call it.
template <class T, class Combine>
__device__ T combine_block(T value, const Combine& combine) {
  __shared__ T shared[kCudaThreads];
  __syncthreads();  // waits until the results of an earlier call have been read
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

/// The sum of the values of all threads of a block.
__device__ inline double block_sum(double value) {
  return combine_block(value, [](double a, double b) { return a + b; });
}

/// Adds the sum of the values of a thread block to the block's own element of `sums`.
__device__ inline void add_block_sum(double value, double* sums) {
  const double sum = block_sum(value);
  if (threadIdx.x == 0) sums[blockIdx.x] += sum;
}

/// The sum of f0 over the scores of one thread.
class EntrySum {
 public:
  SPOUT_HOST_DEVICE void add(const Term<float>& term) {
    sum_ += term.value;
    count();
  }
  SPOUT_HOST_DEVICE void add(const LogTerm<float>& term) {
    sum_ += term.value;
    product_ += term.log1p_of + product_ * term.log1p_of;
    count();
  }
  SPOUT_HOST_DEVICE double total() const { return total_ + partial(); }

 private:
  static constexpr int kPartial = 64;  // terms; 2^64, the largest product, fits into f32

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
  float product_ = 0.0F;  // the product of (1 + u), minus 1, since most u are tiny
  int count_ = 0;
};

}  // namespace spout
