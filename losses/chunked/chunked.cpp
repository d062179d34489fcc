#include "spout/losses/chunked/chunked.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "spout/losses/chunked/block_size.h"
#include "spout/losses/chunked/lane_passes.h"
#include "spout/losses/chunked/quadratic_zeros.h"
#include "spout/losses/chunked/sampled_step.h"
#include "spout/losses/chunked/sparse_block.h"

namespace spout {
namespace {

void check(const Loss& loss, const ChunkedInput& input) {
  const at::Tensor& x = input.hidden;
  const at::Tensor& w = input.weight;
  TORCH_CHECK_VALUE(x.dim() == 2 && w.dim() == 2 && x.size(1) == w.size(1), loss.name, ": hidden ",
                    x.sizes(), " but weight ", w.sizes());
  TORCH_CHECK_VALUE(x.scalar_type() == at::kFloat, loss.name, ": hidden must be f32, found ",
                    x.scalar_type());
  TORCH_CHECK_VALUE(w.scalar_type() == at::kFloat || w.scalar_type() == at::kBFloat16, loss.name,
                    ": the weight must be f32 or bf16, found ", w.scalar_type());
  TORCH_CHECK_VALUE(w.is_contiguous(), loss.name, ": the weight must be contiguous");
  TORCH_CHECK_VALUE(input.bias.dim() == 1 && input.bias.size(0) == w.size(0) &&
                        input.bias.scalar_type() == at::kFloat,
                    loss.name, ": weight ", w.sizes(), " but bias ", input.bias.sizes());
  TORCH_CHECK_VALUE(input.target.layout() == at::kSparse && input.target.is_coalesced(), loss.name,
                    ": the target must be a coalesced sparse COO tensor");
  TORCH_CHECK_VALUE(input.target.size(0) == x.size(0) && input.target.size(1) == w.size(0),
                    loss.name, ": hidden ", x.sizes(), " and weight ", w.sizes(), " but target ",
                    input.target.sizes());
  TORCH_CHECK_VALUE(x.device() == w.device() && input.bias.device() == w.device() &&
                        input.target.device() == w.device(),
                    loss.name, ": weight on ", w.device(), " but hidden on ", x.device(),
                    ", bias on ", input.bias.device(), " and target on ", input.target.device());
  input.weights.check(x.size(0), w.size(0), w.device());
}

int64_t block_size(const ChunkedInput& input, const ChunkedOptions& options) {
  if (options.block_labels > 0) return options.block_labels;
  const at::Tensor& w = input.weight;
  return chunked_block_labels(input.hidden.size(0), w.size(0), w.options().dtype(product_dtype(w)));
}

HiddenScores blocks_of(const Loss& loss, const ChunkedInput& input, const ChunkedOptions& options) {
  const auto dtype = product_dtype(input.weight);
  return {input.hidden.to(dtype), input.weight, input.bias, block_size(input, options),
          keeps_scores(loss, options, input.hidden.size(0), input.weight.size(0), dtype)};
}

BatchLoss batch_of(const Loss& loss, const ChunkedInput& input, const ChunkedOptions& options) {
  const double scale =
      reduction_scale(options.reduction, input.target.size(0), input.target.size(1));
  BatchLoss batch(loss, input.target, scale, input.weights);
  batch.want_value = options.want_value;
  return batch;
}

}  // namespace

double chunked_workspace_bytes(const Loss& loss, int64_t n, int64_t num_labels, int64_t width,
                               const at::TensorOptions& scores, const ChunkedOptions& options) {
  const auto dtype = c10::typeMetaToScalarType(scores.dtype());
  const auto element = static_cast<double>(c10::elementSize(dtype));
  const auto rows = static_cast<double>(n);
  const auto d = static_cast<double>(width);
  const auto labels = static_cast<double>(num_labels);
  const int64_t size = options.block_labels > 0 ? std::min(options.block_labels, num_labels)
                                                : chunked_block_labels(n, num_labels, scores);
  const auto block = static_cast<double>(size);
  const auto lanes = static_cast<double>(count_lanes(scores, num_labels, size));
  const bool keeps = keeps_scores(loss, options, n, num_labels, dtype);
  const double held = rows * (keeps ? labels : lanes * block) * element;
  const double products = lanes * (block + 2 * rows) * d * 4 + rows * d * 4;
  const bool sparse = SparseBlocks::possible(loss) && scores.device().is_cpu();
  return held + products + (sparse ? lanes * block * rows * options.sparse_gradient_share * 32 : 0);
}

ChunkedResult chunked_step(const Loss& loss, const ChunkedInput& input,
                           const ChunkedOptions& options, BlockSink& sink) {
  const at::NoGradGuard no_grad;
  check(loss, input);
  sink.begin();
  if (loss.drawn != nullptr) return sampled_softmax_step(loss, input, options, sink);
  if (options.moments && prefers_quadratic_zeros(loss, input)) {
    return quadratic_zeros_step(loss, input, options, sink);
  }
  const BatchLoss batch = batch_of(loss, input, options);
  const bool two_passes = loss.needs_whole_rows();
  const bool sparse =
      SparseBlocks::possible(loss) && options.sparse_gradient_share > 0.0 && input.weight.is_cpu();
  HiddenScores blocks = blocks_of(loss, input, options);
  LanePasses passes(batch, blocks.lanes());
  std::vector<SparseBlocks> sparse_blocks;
  if (sparse) {
    for (int64_t lane = 0; lane < blocks.lanes(); ++lane) {
      sparse_blocks.emplace_back(batch, blocks, options.sparse_gradient_share);
    }
  }
  const at::Tensor lane_gradients = at::zeros(
      {blocks.lanes(), input.hidden.size(0), input.hidden.size(1)}, input.hidden.options());
  if (two_passes) {
    blocks.for_each([&](int64_t lane, const ScoreBlock& block) { passes[lane].normalize(block); });
    passes.merge_rows();
  }
  const auto take = [&](int64_t lane, const ScoreBlock& block) {
    at::Tensor hidden_gradient = lane_gradients[lane];
    if (sparse && sparse_blocks[static_cast<size_t>(lane)].take(block, sink, hidden_gradient)) {
      return;
    }
    const at::Tensor bias_gradient = passes[lane].take_gradient(block);
    hidden_gradient.add_(at::mm(block.scores, blocks.weight(block)));
    sink.take_product(block.begin, block.scores, blocks.hidden(), bias_gradient);
  };
  blocks.for_each(take, /*kept=*/two_passes);
  at::Tensor value = passes.value();
  for (const SparseBlocks& lane : sparse_blocks)
    value.add_(lane.value());
  return {value, blocks.lanes() == 1 ? lane_gradients[0] : lane_gradients.sum(0)};
}

at::Tensor chunked_value(const Loss& loss, const ChunkedInput& input,
                         const ChunkedOptions& options) {
  const at::NoGradGuard no_grad;
  check(loss, input);
  if (loss.drawn != nullptr) return sampled_softmax_value(loss, input, options);
  if (options.moments && prefers_quadratic_zeros(loss, input)) {
    return quadratic_zeros_value(loss, input, options);
  }
  ChunkedOptions forgetful = options;
  forgetful.kept_score_bytes = 0;
  HiddenScores blocks = blocks_of(loss, input, forgetful);
  return value_of(batch_of(loss, input, options), blocks);
}

}  // namespace spout
