#include "spout/sparse/decode/best_labels.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>

#include "spout/sparse/layout/csr_builder.h"

namespace spout {
namespace {

int64_t most_of(const DecodeOptions& options) {
  return options.top_k > 0 ? options.top_k : options.row_limit;
}

}  // namespace

BestLabels::BestLabels(int64_t rows, int64_t cols, const DecodeOptions& options, const Csr* seen)
    : cols_(cols),
      most_(std::min(most_of(options), std::max<int64_t>(cols, 1))),
      counts_cuts_(options.top_k == 0),
      seen_(seen),
      rows_(static_cast<size_t>(rows), Row{options.threshold, false, {}}) {
  TORCH_CHECK_VALUE(most_ > 0, "decode: a row must be allowed a label, found a limit of ",
                    most_of(options));
  TORCH_CHECK_VALUE(seen == nullptr || (seen->rows == rows && seen->cols == cols),
                    "exclude: the predictions are ", rows, " x ", cols,
                    " but the matrix to leave out is ", seen == nullptr ? 0 : seen->rows, " x ",
                    seen == nullptr ? 0 : seen->cols);
}

void BestLabels::offer(int64_t row, int64_t label, float score) {
  TORCH_CHECK_VALUE(!std::isnan(score), "decode: row ", row, " has a score that is not a number");
  Row& kept = rows_[static_cast<size_t>(row)];
  if (score <= kept.limit) return;
  if (seen_ != nullptr) {
    const auto columns = seen_->row_columns(row);
    if (std::binary_search(columns.begin(), columns.end(), label)) return;
  }
  kept.candidates.push_back({label, score});
  constexpr int64_t kFewest = 64;
  if (static_cast<int64_t>(kept.candidates.size()) >= std::max(2 * most_, kFewest)) keep_best(kept);
}

void BestLabels::keep_best(Row& row) const {
  auto& candidates = row.candidates;
  if (static_cast<int64_t>(candidates.size()) <= most_) return;
  const auto better = [](const Candidate& a, const Candidate& b) {
    return a.score != b.score ? a.score > b.score : a.label < b.label;
  };
  const auto last = candidates.begin() + (most_ - 1);
  std::nth_element(candidates.begin(), last, candidates.end(), better);
  row.limit = last->score;
  row.cut = true;
  candidates.resize(static_cast<size_t>(most_));
}

void BestLabels::take(const BestLabels& later) {
  for (size_t row = 0; row < rows_.size(); ++row) {
    Row& mine = rows_[row];
    const Row& theirs = later.rows_[row];
    mine.candidates.insert(mine.candidates.end(), theirs.candidates.begin(),
                           theirs.candidates.end());
    mine.cut |= theirs.cut;
    keep_best(mine);
  }
}

Csr BestLabels::finish(DecodeReport* report) {
  CsrBuilder result;
  int64_t cut_rows = 0;
  for (Row& row : rows_) {
    keep_best(row);
    std::sort(row.candidates.begin(), row.candidates.end(),
              [](const Candidate& a, const Candidate& b) { return a.label < b.label; });
    for (const Candidate& candidate : row.candidates)
      result.add(candidate.label, candidate.score);
    result.end_row();
    cut_rows += counts_cuts_ && row.cut ? 1 : 0;
  }
  if (report != nullptr) report->cut_rows += cut_rows;
  return result.finish(cols_);
}

}  // namespace spout
