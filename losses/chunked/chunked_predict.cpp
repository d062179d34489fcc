#include "spout/losses/chunked/chunked_predict.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/topk.h>

#include <limits>

#include "spout/losses/chunked/score_tiles.h"
#include "spout/sparse/decode/best_labels.h"

namespace spout {
namespace {

/// Offers the scores of a block that beat their row's limit to the best so far.
template <class Score>
void offer_block(const ScoreBlock& block, BestLabels& best) {
  const auto& kernels = cpu_kernels().of<Score>();
  std::vector<TileEntry> found(static_cast<size_t>(2 * block.size()));
  for (int64_t row = 0; row < block.scores.size(0); ++row) {
    const int64_t count = kernels.entries_above(tile_rows<Score>(block, row, row + 1),
                                                best.limit(row), found.data(), block.size());
    for (int64_t i = 0; i < count; ++i) {
      const TileEntry& entry = found[static_cast<size_t>(i)];
      best.offer(row, block.begin + entry.col, entry.score);
    }
  }
}

/// The way by ATen operations, on any device: the best of each block joined to the best so far, or
/// the scores above the threshold.
class BestByTensors {
 public:
  BestByTensors(const DecodeOptions& options, const Csr* seen) : options_(options) {
    if (seen != nullptr) seen_ = to_torch_coo(*seen)._indices();
  }

  /// Takes a block. Scores above a threshold go to `best` at once, which keeps no more of a row
  /// than is wanted.
  void take(const ScoreBlock& block, BestLabels& best) {
    at::Tensor scores = block.scores.to(at::kFloat) + block.bias;
    if (seen_.defined()) leave_out(block, scores);
    if (options_.top_k > 0) {
      take_best(block, scores);
    } else {
      offer_above(block, scores, best);
    }
  }

  /// Offers the best scores of all blocks, after the last block.
  void offer_rest(BestLabels& best) const {
    if (values_.defined()) offer_best(best);
  }

 private:
  void offer_above(const ScoreBlock& block, const at::Tensor& scores, BestLabels& best) const {
    // "Not at most" rather than "above", so that NaN is found and reported.
    const at::Tensor coordinates = (scores <= options_.threshold).logical_not_().nonzero();
    const at::Tensor flat = coordinates.select(1, 0) * scores.size(1) + coordinates.select(1, 1);
    const at::Tensor found = scores.view(-1).index_select(0, flat).cpu();
    const at::Tensor host_coordinates = coordinates.cpu();
    const auto entry = host_coordinates.accessor<int64_t, 2>();
    const auto score = found.accessor<float, 1>();
    for (int64_t i = 0; i < entry.size(0); ++i)
      best.offer(entry[i][0], block.begin + entry[i][1], score[i]);
  }

  void take_best(const ScoreBlock& block, const at::Tensor& scores) {
    auto [values, labels] = at::topk(scores, std::min(options_.top_k, scores.size(1)), 1);
    labels.add_(block.begin);
    if (values_.defined()) {
      values = at::cat({values_, values}, 1);
      labels = at::cat({labels_, labels}, 1);
      const auto [top, chosen] = at::topk(values, std::min(options_.top_k, values.size(1)), 1);
      values = top;
      labels = at::gather(labels, 1, chosen);
    }
    values_ = values;
    labels_ = labels;
  }

  void offer_best(BestLabels& best) const {
    const auto [labels, order] = labels_.cpu().sort(1);
    const at::Tensor values = at::gather(values_.cpu(), 1, order);
    const auto label = labels.accessor<int64_t, 2>();
    const auto value = values.accessor<float, 2>();
    for (int64_t row = 0; row < labels.size(0); ++row) {
      for (int64_t i = 0; i < labels.size(1); ++i)
        best.offer(row, label[row][i], value[row][i]);
    }
  }

  void leave_out(const ScoreBlock& block, at::Tensor& scores) const {
    const at::Tensor inside = (seen_[1] >= block.begin) & (seen_[1] < block.begin + block.size());
    const at::Tensor mine = seen_.t().index({inside.nonzero().squeeze(1)});
    const at::Tensor flat = mine.select(1, 0) * block.size() + mine.select(1, 1) - block.begin;
    scores.view(-1).index_fill_(0, flat.to(scores.device()),
                                -std::numeric_limits<double>::infinity());
  }

  DecodeOptions options_;
  at::Tensor seen_;    // [2, nnz], in host memory
  at::Tensor values_;  // [n, at most top_k], the best so far
  at::Tensor labels_;  // of the same shape
};

}  // namespace

Csr chunked_predict(ScoreBlocks& scores, const DecodeOptions& options, const Csr* seen,
                    DecodeReport* report) {
  const at::NoGradGuard no_grad;
  std::vector<BestLabels> lanes(static_cast<size_t>(scores.lanes()),
                                BestLabels(scores.rows(), scores.num_labels(), options, seen));
  BestByTensors elsewhere(options, seen);
  scores.for_each([&](int64_t lane, const ScoreBlock& block) {
    BestLabels& best = lanes[static_cast<size_t>(lane)];
    if (!block.scores.is_cpu()) return elsewhere.take(block, best);
    with_score_type(block.scores, [&](auto type) { offer_block<decltype(type)>(block, best); });
  });
  BestLabels& best = lanes.front();
  for (size_t lane = 1; lane < lanes.size(); ++lane)
    best.take(lanes[lane]);
  elsewhere.offer_rest(best);
  return best.finish(report);
}

}  // namespace spout
