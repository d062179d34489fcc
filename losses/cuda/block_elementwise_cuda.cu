// The passes of an element-wise loss over a block of scores on CUDA are two kernels: one over the
// target's entries, while their scores exist, and one over all scores, which become the gradient.
#include <ATen/TensorOperators.h>
#include <c10/util/BFloat16.h>

#include <array>
#include <type_traits>

#include "spout/losses/chunked/score_tiles.h"
#include "spout/losses/cuda/block_cuda.h"
#include "spout/losses/formulas/formulas.h"

namespace spout {
namespace {

/// Computes the terms of the target's entries; one thread for each entry of the whole target.
template <class Formula, class Score>
__global__ void targets_kernel(Formula formula, CudaBlock<Score> block, CudaEntries entries,
                               double* sums) {
  const int64_t i = thread_index();
  double value = 0.0;
  if (entries.in_block(i, block)) {
    const float z = entries.score(i, block);
    const float positive = entries.positive == nullptr ? 1.0F : entries.positive[i];
    const TargetTerm<float> term = target_term(formula, z, entries.value[i], positive);
    const float weight = entries.weight == nullptr ? 1.0F : entries.weight[i];
    value = static_cast<double>(weight * term.value);
    entries.difference[i] = weight * term.difference;
    entries.whole[i] = weight * term.whole;
  }
  add_block_sum(value, sums);
}

/// Stands for weights that are all ones.
struct NoWeights {};

/// The weights of all terms, in device memory; null means ones.
struct TermWeights {
  const float* row;
  const float* label;

  explicit TermWeights(const LossWeights& weights)
      : row(weights.row.defined() ? weights.row.const_data_ptr<float>() : nullptr),
        label(weights.label.defined() ? weights.label.const_data_ptr<float>() : nullptr) {}

  __device__ float of(int64_t i, int64_t j) const {
    return (row == nullptr ? 1.0F : row[i]) * (label == nullptr ? 1.0F : label[j]);
  }
};

/// Sums f0 over all scores, and with kGradient turns them into the gradient of absent entries.
template <class Formula, class Score, bool kGradient, class Weights>
__global__ void scores_kernel(Formula formula, CudaBlock<Score> block, Weights weights, float scale,
                              float* column_sums, double* sums) {
  EntrySum sum;
  for_each_score<kGradient>(block, column_sums, [&](int64_t row, int64_t col, float z) {
    const auto term = formula.at_zero(z);
    if constexpr (std::is_same_v<Weights, NoWeights>) {
      sum.add(term);
      return scale * term.gradient;
    } else {
      const float weight = weights.of(row, block.begin + col);
      sum.add(Term<float>{weight * whole_value(term), 0.0F});
      return scale * weight * term.gradient;
    }
  });
  add_block_sum(sum.total(), sums);
}

template <ElementwiseFormula Formula>
class ElementwisePasses : public CudaBlockPasses {
 public:
  explicit ElementwisePasses(const BatchLoss& batch)
      : CudaBlockPasses(batch),
        formula_(batch.loss.parameters),
        weights_(batch.weights),
        target_sums_(device()),
        score_sums_(device()) {}

  void normalize(const ScoreBlock& /*block*/) override {}

  void add_value(const ScoreBlock& block) override { run<false>(block, nullptr); }

  at::Tensor take_gradient(const ScoreBlock& block) override {
    const at::Tensor sums = column_sums(block);
    run<true>(block, sums.mutable_data_ptr<float>());
    return finish(block, sums);
  }

  at::Tensor value() const override { return scaled(target_sums_.total() + score_sums_.total()); }

 private:
  template <bool kGradient>
  void run(const ScoreBlock& block, float* column_sums) {
    with_score_type(block.scores, [&](auto type) {
      using Score = decltype(type);
      const CudaBlock<Score> scores(block);
      const CudaEntries targets = entries();
      const int64_t target_blocks = count_parts(targets.count, kCudaThreads);
      launch(device(), target_blocks, &targets_kernel<Formula, Score>, formula_, scores, targets,
             target_sums_.of(target_blocks));
      const auto pass = [&](auto weights) {
        launch(device(), scores.thread_blocks(),
               &scores_kernel<Formula, Score, kGradient, decltype(weights)>, formula_, scores,
               weights, scale(), column_sums, score_sums_.of(scores.thread_blocks()));
      };
      weights_.of_all_terms() ? pass(TermWeights(weights_)) : pass(NoWeights{});
    });
  }

  Formula formula_;
  LossWeights weights_;
  BlockSums target_sums_;
  BlockSums score_sums_;
};

using Make = std::unique_ptr<BlockPasses> (*)(const BatchLoss& batch);

template <class Formula>
std::unique_ptr<BlockPasses> make(const BatchLoss& batch) {
  return std::make_unique<ElementwisePasses<Formula>>(batch);
}

template <class... Formula>
constexpr std::array<Make, sizeof...(Formula)> makers_of(std::tuple<Formula...>* /*list*/) {
  return {&make<Formula>...};
}

constexpr auto kMakers = makers_of(static_cast<ElementwiseFormulas*>(nullptr));

}  // namespace

std::unique_ptr<BlockPasses> make_elementwise_passes_cuda(const BatchLoss& batch) {
  return kMakers.at(static_cast<size_t>(batch.loss.formula))(batch);
}

}  // namespace spout
