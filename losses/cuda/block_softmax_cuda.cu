// The passes of softmax over a block of scores on CUDA. The first computes, for each row and every
// kChunkCols columns, the largest score and the sum of exp(z - largest), and merges these in order
// into the normaliser of the row. The second turns scores into scale * t * exp(z - lse).
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/util/BFloat16.h>

#include <cmath>
#include <limits>

#include "spout/losses/chunked/score_tiles.h"
#include "spout/losses/cuda/block_cuda.h"

namespace spout {
namespace {

constexpr int kScoresPerThread = 16;
constexpr int64_t kChunkCols = int64_t{kScoresPerThread} * kCudaThreads;
constexpr float kLowest = -std::numeric_limits<float>::infinity();

/// log(sum(exp(z))) as top + log(sum). `top` is never NaN: where a score is NaN or +infinity, `sum`
/// is NaN.
struct Normalizer {
  double top;  // the largest score
  double sum;  // of exp(z - base_of(top))
};

/// The number that is subtracted from scores whose largest is `top`: `top` itself, or 0 where all
/// scores are -infinity.
template <class T>
SPOUT_HOST_DEVICE T base_of(T top) {
  return top == T(kLowest) ? T(0) : top;
}

SPOUT_HOST_DEVICE Normalizer merge(const Normalizer& a, const Normalizer& b) {
  const double top = a.top < b.top ? b.top : a.top;
  const double base = base_of(top);
  return {top, a.sum * std::exp(a.top - base) + b.sum * std::exp(b.top - base)};
}

/// What is known of each of `count` rows.
struct RowState {
  Normalizer* normalizer;   // over the blocks so far
  const float* target_sum;  // the sum of the row's targets
  float* log_sum;           // log(sum(exp(z))) over the blocks so far
  double* value;            // target_sum * log_sum
  int64_t count;
};

/// Sums the targets of each row and empties its normaliser; one thread for each row. The rows of
/// the target's entries ascend, since the target is coalesced.
__global__ void begin_rows_kernel(RowState rows, const int64_t* entry_row, const float* value,
                                  int64_t nnz, float* target_sum) {
  const int64_t row = thread_index();
  if (row >= rows.count) return;
  float sum = 0.0F;
  for (int64_t i = first_not_below(entry_row, nnz, row); i < nnz && entry_row[i] == row; ++i)
    sum += value[i];
  target_sum[row] = sum;
  rows.normalizer[row] = {static_cast<double>(kLowest), 0.0};
  rows.value[row] = 0.0;
}

/// Computes the normalisers of chunks: one thread block for each row and kChunkCols columns. Each
/// score is read once.
template <class Score>
__global__ void chunks_kernel(CudaBlock<Score> block, int64_t chunks, Normalizer* normalizers) {
  const int64_t row = blockIdx.x / chunks;
  const int64_t first = blockIdx.x % chunks * kChunkCols + threadIdx.x;
  float z[kScoresPerThread];
  float top = kLowest;
#pragma unroll
  for (int i = 0; i < kScoresPerThread; ++i) {
    const int64_t col = first + int64_t{i} * kCudaThreads;
    z[i] = col < block.cols ? block.score(row, col) : kLowest;
    top = fmaxf(top, z[i]);  // ignores NaN
  }
  top = combine_block(top, [](float a, float b) { return fmaxf(a, b); });
  const float base = base_of(top);
  float sum = 0.0F;
#pragma unroll
  for (int i = 0; i < kScoresPerThread; ++i)
    sum += expf(z[i] - base);  // NaN where z is, or where both are +infinity
  const double total = block_sum(static_cast<double>(sum));
  if (threadIdx.x == 0) normalizers[blockIdx.x] = {static_cast<double>(top), total};
}

/// Merges the chunks of a block into the normaliser of each row; one thread for each row.
__global__ void merge_kernel(RowState rows, const Normalizer* chunk, int64_t chunks) {
  const int64_t row = thread_index();
  if (row >= rows.count) return;
  Normalizer all = rows.normalizer[row];
  for (int64_t i = 0; i < chunks; ++i)
    all = merge(all, chunk[row * chunks + i]);
  rows.normalizer[row] = all;
  const double log_sum = all.top + std::log(all.sum);
  rows.log_sum[row] = static_cast<float>(log_sum);
  // Rows without labels have no loss, but NaN must show.
  const float t = rows.target_sum[row];
  const bool counts = t != 0.0F || std::isnan(all.sum);
  rows.value[row] = counts ? static_cast<double>(t) * log_sum : 0.0;
}

/// Sums y z over the target's entries in the block; one thread for each entry of the whole target.
template <class Score>
__global__ void linear_kernel(CudaBlock<Score> block, CudaEntries entries, double* sums) {
  const int64_t i = thread_index();
  double value = 0.0;
  if (entries.in_block(i, block)) {
    value = static_cast<double>(entries.value[i]) * static_cast<double>(entries.score(i, block));
  }
  add_block_sum(value, sums);
}

/// Computes the derivatives at the target's entries in the block; one thread for each entry of the
/// whole target.
template <class Score>
__global__ void targets_kernel(CudaBlock<Score> block, CudaEntries entries, RowState rows) {
  const int64_t i = thread_index();
  if (!entries.in_block(i, block)) return;
  const int64_t row = entries.row[i];
  const float p = expf(entries.score(i, block) - rows.log_sum[row]);
  entries.whole[i] = rows.target_sum[row] * p - entries.value[i];
  entries.difference[i] = -entries.value[i];
}

/// Turns the scores of a block into the gradient of absent entries.
template <class Score>
__global__ void gradient_kernel(CudaBlock<Score> block, RowState rows, float scale,
                                float* column_sums) {
  for_each_score<true>(block, column_sums, [&](int64_t row, int64_t /*col*/, float z) {
    return scale * rows.target_sum[row] * expf(z - rows.log_sum[row]);
  });
}

class SoftmaxPasses : public CudaBlockPasses {
 public:
  explicit SoftmaxPasses(const BatchLoss& batch) : CudaBlockPasses(batch), linear_(device()) {
    const at::Tensor& target = batch.target;
    const auto options = at::TensorOptions().device(device());
    const int64_t n = target.size(0);
    normalizers_ = at::empty({n, 2}, options.dtype(at::kDouble));
    values_ = at::empty({n}, options.dtype(at::kDouble));
    target_sums_ = at::empty({n}, options.dtype(at::kFloat));
    log_sums_ = at::empty({n}, options.dtype(at::kFloat));
    const at::Tensor entry_row = target._indices()[0].contiguous();
    const at::Tensor value = target._values().to(at::kFloat).contiguous();
    launch(device(), row_blocks(), &begin_rows_kernel, rows(), entry_row.const_data_ptr<int64_t>(),
           value.const_data_ptr<float>(), value.numel(), target_sums_.mutable_data_ptr<float>());
  }

  void normalize(const ScoreBlock& block) override {
    const int64_t chunks = count_parts(block.size(), kChunkCols);
    const at::Tensor parts = at::empty({block.scores.size(0), chunks, 2}, normalizers_.options());
    with_score_type(block.scores, [&](auto type) {
      using Score = decltype(type);
      const CudaBlock<Score> scores(block);
      launch(device(), scores.rows * chunks, &chunks_kernel<Score>, scores, chunks,
             normalizers_of(parts));
      launch(device(), entry_blocks(), &linear_kernel<Score>, scores, entries(),
             linear_.of(entry_blocks()));
    });
    launch(device(), row_blocks(), &merge_kernel, rows(), normalizers_of(parts), chunks);
  }

  void add_value(const ScoreBlock& block) override { normalize(block); }

  at::Tensor take_gradient(const ScoreBlock& block) override {
    const at::Tensor sums = column_sums(block);
    with_score_type(block.scores, [&](auto type) {
      using Score = decltype(type);
      const CudaBlock<Score> scores(block);
      launch(device(), entry_blocks(), &targets_kernel<Score>, scores, entries(), rows());
      launch(device(), scores.thread_blocks(), &gradient_kernel<Score>, scores, rows(), scale(),
             sums.mutable_data_ptr<float>());
    });
    return finish(block, sums);
  }

  at::Tensor value() const override { return scaled(values_.sum() - linear_.total()); }

 private:
  static Normalizer* normalizers_of(const at::Tensor& pairs) {
    return reinterpret_cast<Normalizer*>(pairs.mutable_data_ptr<double>());
  }
  RowState rows() const {
    return {normalizers_of(normalizers_), target_sums_.const_data_ptr<float>(),
            log_sums_.mutable_data_ptr<float>(), values_.mutable_data_ptr<double>(),
            values_.numel()};
  }
  int64_t row_blocks() const { return count_parts(values_.numel(), kCudaThreads); }
  int64_t entry_blocks() const { return count_parts(entries().count, kCudaThreads); }

  at::Tensor normalizers_;  // [n, 2] f64, pairs that are read as Normalizer
  at::Tensor values_;       // [n] f64
  at::Tensor target_sums_;  // [n]
  at::Tensor log_sums_;     // [n]
  BlockSums linear_;
};

}  // namespace

std::unique_ptr<BlockPasses> make_softmax_passes_cuda(const BatchLoss& batch) {
  return std::make_unique<SoftmaxPasses>(batch);
}

}  // namespace spout
