#include "losses/chunked_predict.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/topk.h>

#include <limits>

#include "losses/score_tiles.h"
#include "sparse/decode/best_labels.h"

namespace spout {
namespace {

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

/// Anywhere by ATen: the best of each block beside the best so far, or what is above the threshold.
class BestByTensors {
 public:
  BestByTensors(const DecodeOptions& options, const Csr* seen) : options_(options) {
    if (seen != nullptr) seen_ = to_torch_coo(*seen)._indices();
  }

  void take(const ScoreBlock& block) {
    at::Tensor scores = block.scores.to(at::kFloat) + block.bias;
    if (seen_.defined()) leave_out(block, scores);
    if (options_.top_k > 0) {
      take_best(block, scores);
    } else {
      take_above(block, scores);
    }
  }

  void offer_all(BestLabels& best) const {
    if (values_.defined()) offer_best(best);
    for (const Found& found : found_) {
      const auto row = found.row.accessor<int64_t, 1>();
      const auto label = found.label.accessor<int64_t, 1>();
      const auto score = found.score.accessor<float, 1>();
      for (int64_t i = 0; i < row.size(0); ++i)
        best.offer(row[i], label[i], score[i]);
    }
  }

 private:
  /// Entries of a block, in host memory, [m] each.
  struct Found {
    at::Tensor row;
    at::Tensor label;
    at::Tensor score;
  };

  void take_above(const ScoreBlock& block, const at::Tensor& scores) {
    // Not <=: NaN is to be seen.
    const at::Tensor place = (scores <= options_.threshold).logical_not_().nonzero();
    const at::Tensor row = place.select(1, 0);
    const at::Tensor col = place.select(1, 1);
    const at::Tensor found = scores.view(-1).index_select(0, row * scores.size(1) + col);
    found_.push_back({row.cpu(), (col + block.begin).cpu(), found.cpu()});
  }

  void take_best(const ScoreBlock& block, const at::Tensor& scores) {
    auto [values, labels] = at::topk(scores, std::min(options_.top_k, scores.size(1)), 1);
    labels.add_(block.begin);
    if (values_.defined()) {
      values = at::cat({values_, values}, 1);
      labels = at::cat({labels_, labels}, 1);
      const auto [top, place] = at::topk(values, std::min(options_.top_k, values.size(1)), 1);
      values = top;
      labels = at::gather(labels, 1, place);
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
    const at::Tensor place = mine.select(1, 0) * block.size() + mine.select(1, 1) - block.begin;
    scores.view(-1).index_fill_(0, place.to(scores.device()),
                                -std::numeric_limits<double>::infinity());
  }

  DecodeOptions options_;
  std::vector<Found> found_;
  at::Tensor seen_;    // [2, nnz], in host memory
  at::Tensor values_;  // [n, <= top_k]
  at::Tensor labels_;
};

}  // namespace

Csr chunked_predict(ScoreBlocks& scores, const DecodeOptions& options, const Csr* seen,
                    DecodeReport* report) {
  const at::NoGradGuard no_grad;
  std::vector<BestLabels> lanes(static_cast<size_t>(scores.lanes()),
                                BestLabels(scores.rows(), scores.num_labels(), options, seen));
  BestByTensors elsewhere(options, seen);
  scores.for_each([&](int64_t lane, const ScoreBlock& block) {
    if (!block.scores.is_cpu()) return elsewhere.take(block);
    with_score_type(block.scores, [&](auto type) {
      offer_block<decltype(type)>(block, lanes[static_cast<size_t>(lane)]);
    });
  });
  BestLabels& best = lanes.front();
  for (size_t lane = 1; lane < lanes.size(); ++lane)
    best.take(lanes[lane]);
  elsewhere.offer_all(best);
  return best.finish(report);
}

}  // namespace spout
