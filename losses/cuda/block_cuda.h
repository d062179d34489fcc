// The parts that the CUDA passes of all losses share; for .cu files only. A thread takes one column
// and kChunkRows rows of a block, so that neighbouring threads read neighbouring scores, and column
// sums need no atomics: every chunk of rows leaves a sum, and finish() adds these in order. The
// target is sorted by columns once, so that one thread can go through the entries of a column.
#pragma once

#include <c10/macros/Macros.h>

#include "spout/losses/chunked/block_passes.h"
#include "spout/losses/cuda/cuda_kernels.h"

namespace spout {

inline constexpr int64_t kChunkRows = 32;

/// A block of scores in device memory. Score is float or c10::BFloat16.
template <class Score>
struct CudaBlock {
  Score* scores = nullptr;      // [rows, cols]
  const float* bias = nullptr;  // [cols]
  int64_t begin = 0;            // label of the first column
  int64_t rows = 0;
  int64_t cols = 0;

  explicit CudaBlock(const ScoreBlock& block)
      : scores(block.scores.mutable_data_ptr<Score>()),
        bias(block.bias.const_data_ptr<float>()),
        begin(block.begin),
        rows(block.scores.size(0)),
        cols(block.size()) {}

  /// The number of thread blocks of a kernel that calls for_each_score().
  int64_t thread_blocks() const {
    return count_parts(rows, kChunkRows) * count_parts(cols, kCudaThreads);
  }
  __device__ float score(int64_t row, int64_t col) const {
    return static_cast<float>(scores[row * cols + col]) + bias[col];
  }
};

/// The entries of a batch's target in device memory, in the order of their columns, and the
/// derivatives that kernels write for them. Null weights are ones.
struct CudaEntries {
  const int64_t* column;  // ascending
  const int64_t* row;
  const float* value;
  const float* weight;    // of the entry's term
  const float* positive;  // of f1, on top of `weight`
  float* whole;           // f1', the derivative of the entry's loss
  float* difference;      // f1' - f0'
  int64_t count;
  int64_t num_rows;
  int64_t num_labels;

  /// Whether there is an entry i and it lies in the block.
  template <class Score>
  __device__ bool in_block(int64_t i, const CudaBlock<Score>& block) const {
    if (i >= count) return false;
    CUDA_KERNEL_ASSERT(row[i] >= 0 && row[i] < num_rows && "loss: a target's row is out of range");
    CUDA_KERNEL_ASSERT(column[i] >= 0 && column[i] < num_labels &&
                       "loss: a target's label is out of range");
    return column[i] >= block.begin && column[i] < block.begin + block.cols;
  }
  /// The score of an entry that lies in the block.
  template <class Score>
  __device__ float score(int64_t i, const CudaBlock<Score>& block) const {
    return block.score(row[i], column[i] - block.begin);
  }
};

/// The index of the first of `count` ascending numbers that is not below `wanted`.
inline SPOUT_HOST_DEVICE int64_t first_not_below(const int64_t* numbers, int64_t count,
                                                 int64_t wanted) {
  int64_t low = 0;
  int64_t high = count;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (numbers[middle] < wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/// Calls body(row, col, z) for the scores of this thread, in the order of the rows. With kGradient
/// the body's result overwrites the score, and its sum over the rows goes to column_sums
/// [row chunks, cols].
template <bool kGradient, class Score, class Body>
__device__ void for_each_score(const CudaBlock<Score>& block, float* column_sums,
                               const Body& body) {
  constexpr int kAhead = 8;  // loads in flight at once
  const int64_t tiles = count_parts(block.cols, kCudaThreads);
  const int64_t chunk = blockIdx.x / tiles;
  const int64_t col = blockIdx.x % tiles * kCudaThreads + threadIdx.x;
  if (col >= block.cols) return;
  const int64_t end = chunk * kChunkRows + kChunkRows;
  const int64_t last = end < block.rows ? end : block.rows;
  float sum = 0.0F;
  for (int64_t row = chunk * kChunkRows; row < last; row += kAhead) {
    float z[kAhead];
#pragma unroll
    for (int i = 0; i < kAhead; ++i)
      z[i] = row + i < last ? block.score(row + i, col) : 0.0F;
#pragma unroll
    for (int i = 0; i < kAhead; ++i) {
      if (row + i >= last) break;
      const float gradient = body(row + i, col, z[i]);
      if constexpr (kGradient) {
        sum += gradient;
        block.scores[(row + i) * block.cols + col] = static_cast<Score>(gradient);
      }
    }
  }
  if constexpr (kGradient) column_sums[chunk * block.cols + col] = sum;
}

/// One f64 sum for each thread block of a kernel, to which the block adds in every launch. Launches
/// on a stream follow one another, so that the sums are added up only once, at the end.
class BlockSums {
 public:
  explicit BlockSums(c10::Device device);

  /// The sums of the first `blocks` thread blocks, which kernels pass to add_block_sum().
  double* of(int64_t blocks);
  at::Tensor total() const { return sums_.sum(); }

 private:
  at::Tensor sums_;
};

/// The base of the passes of every loss: the sorted target, and the end of a gradient pass.
class CudaBlockPasses : public BlockPasses {
 public:
  /// Does nothing, since CUDA has one lane.
  void merge_rows(const std::vector<BlockPasses*>& /*lanes*/) override {}

 protected:
  explicit CudaBlockPasses(const BatchLoss& batch);

  CudaEntries entries() const;
  float scale() const { return static_cast<float>(scale_); }
  c10::Device device() const { return value_.device(); }

  /// Memory for the column sums of for_each_score(), [row chunks, cols] f32.
  at::Tensor column_sums(const ScoreBlock& block) const;

  /// Ends a gradient pass, after `whole` and `difference` were written for the block's entries:
  /// writes the targets' gradients into the block and returns the gradient of the bias, [B] f32.
  at::Tensor finish(const ScoreBlock& block, const at::Tensor& column_sums) const;

  /// An f64 sum times the scale, as a scalar f32.
  at::Tensor scaled(const at::Tensor& sum) const;

 private:
  double scale_;
  int64_t num_rows_;
  int64_t num_labels_;
  at::Tensor column_;  // [nnz] each
  at::Tensor row_;
  at::Tensor value_;
  at::Tensor weight_;    // undefined: ones
  at::Tensor positive_;  // undefined: ones
  at::Tensor whole_;
  at::Tensor difference_;
};

/// The passes of an element-wise loss.
std::unique_ptr<BlockPasses> make_elementwise_passes_cuda(const BatchLoss& batch);
/// The passes of softmax.
std::unique_ptr<BlockPasses> make_softmax_passes_cuda(const BatchLoss& batch);

}  // namespace spout
