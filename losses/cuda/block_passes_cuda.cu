// The parts that the CUDA passes of all losses share: the target in the order of its columns, and
// the end of a gradient pass.
#include "spout/losses/chunked/block_passes.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/zeros.h>
#include <c10/util/BFloat16.h>

#include "spout/losses/chunked/score_tiles.h"
#include "spout/losses/cuda/block_cuda.h"

namespace spout {
namespace {

/// Writes the targets' gradients into a block and sums its columns; one thread for each column.
template <class Score>
__global__ void finish_kernel(CudaBlock<Score> block, CudaEntries entries, float scale,
                              const float* column_sums, float* bias_gradient) {
  const int64_t col = thread_index();
  if (col >= block.cols) return;
  const int64_t chunks = count_parts(block.rows, kChunkRows);
  float sum = 0.0F;
  for (int64_t chunk = 0; chunk < chunks; ++chunk)
    sum += column_sums[chunk * block.cols + col];
  const int64_t label = block.begin + col;
  int64_t i = first_not_below(entries.column, entries.count, label);
  for (; i < entries.count && entries.column[i] == label; ++i) {
    block.scores[entries.row[i] * block.cols + col] = static_cast<Score>(scale * entries.whole[i]);
    sum += scale * entries.difference[i];
  }
  bias_gradient[col] = sum;
}

}  // namespace

BlockSums::BlockSums(c10::Device device)
    : sums_(at::zeros({0}, at::TensorOptions().dtype(at::kDouble).device(device))) {}

double* BlockSums::of(int64_t blocks) {
  if (blocks > sums_.numel()) {
    const at::Tensor wider = at::zeros({blocks}, sums_.options());
    wider.narrow(0, 0, sums_.numel()).copy_(sums_);
    sums_ = wider;
  }
  return sums_.mutable_data_ptr<double>();
}

CudaBlockPasses::CudaBlockPasses(const BatchLoss& batch)
    : scale_(batch.scale), num_rows_(batch.target.size(0)), num_labels_(batch.target.size(1)) {
  const at::Tensor& target = batch.target;
  const at::Tensor indices = target._indices();
  const auto [column, order] = at::sort(indices[1], std::optional<bool>(true), /*dim=*/0);
  column_ = column.contiguous();
  row_ = indices[0].index_select(0, order);
  value_ = target._values().to(at::kFloat).index_select(0, order);
  weight_ = batch.weights.of_entries(target);
  if (weight_.defined()) weight_ = weight_.index_select(0, order);
  positive_ = batch.weights.of_positives(target);
  if (positive_.defined()) positive_ = positive_.index_select(0, order);
  whole_ = at::empty_like(value_);
  difference_ = at::empty_like(value_);
}

CudaEntries CudaBlockPasses::entries() const {
  return {column_.const_data_ptr<int64_t>(),
          row_.const_data_ptr<int64_t>(),
          value_.const_data_ptr<float>(),
          weight_.defined() ? weight_.const_data_ptr<float>() : nullptr,
          positive_.defined() ? positive_.const_data_ptr<float>() : nullptr,
          whole_.mutable_data_ptr<float>(),
          difference_.mutable_data_ptr<float>(),
          value_.numel(),
          num_rows_,
          num_labels_};
}

at::Tensor CudaBlockPasses::column_sums(const ScoreBlock& block) const {
  return at::empty({count_parts(block.scores.size(0), kChunkRows), block.size()}, value_.options());
}

at::Tensor CudaBlockPasses::finish(const ScoreBlock& block, const at::Tensor& column_sums) const {
  at::Tensor bias_gradient = at::empty({block.size()}, value_.options());
  with_score_type(block.scores, [&](auto type) {
    using Score = decltype(type);
    launch(device(), count_parts(block.size(), kCudaThreads), &finish_kernel<Score>,
           CudaBlock<Score>(block), entries(), scale(), column_sums.const_data_ptr<float>(),
           bias_gradient.mutable_data_ptr<float>());
  });
  return bias_gradient;
}

at::Tensor CudaBlockPasses::scaled(const at::Tensor& sum) const {
  return sum.mul(scale_).to(at::kFloat);
}

std::unique_ptr<BlockPasses> make_block_passes_cuda(const BatchLoss& batch) {
  return batch.loss.needs_whole_rows() ? make_softmax_passes_cuda(batch)
                                       : make_elementwise_passes_cuda(batch);
}

}  // namespace spout
