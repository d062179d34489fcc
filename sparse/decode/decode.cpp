#include "spout/sparse/decode/decode.h"

#include <cmath>

#include "spout/sparse/decode/best_labels.h"

namespace spout {
namespace {

bool chosen(float score, int64_t row, float threshold) {
  TORCH_CHECK_VALUE(!std::isnan(score), "decode: row ", row, " has a score that is not a number");
  return score > threshold && score != -std::numeric_limits<float>::infinity();
}

}  // namespace

Csr decode(const at::Tensor& scores, const DecodeOptions& options, const Csr* seen,
           DecodeReport* report) {
  TORCH_CHECK_VALUE(scores.dim() == 2, "decode: scores must be [n, L], found ", scores.sizes());
  const at::Tensor host =
      options.above_thresholds(scores.detach()).to(at::kCPU, at::kFloat).contiguous();
  const int64_t n = host.size(0);
  const int64_t num_labels = host.size(1);
  BestLabels best(n, num_labels, options, seen);
  const auto* score = host.const_data_ptr<float>();
  for (int64_t row = 0; row < n; ++row) {
    for (int64_t label = 0; label < num_labels; ++label, ++score) {
      if (!(*score <= best.limit(row))) best.offer(row, label, *score);
    }
  }
  return options.with_scores(best.finish(report));
}

Csr above(const Csr& predicted, float threshold) {
  CsrBuilder result;
  for (int64_t row = 0; row < predicted.rows; ++row) {
    const auto columns = predicted.row_columns(row);
    const auto scores = predicted.row_values(row);
    for (size_t i = 0; i < columns.size(); ++i) {
      if (chosen(scores[i], row, threshold)) result.add(columns[i], scores[i]);
    }
    result.end_row();
  }
  return result.finish(predicted.cols);
}

void CsrStack::append(const Csr& rows) {
  TORCH_CHECK_VALUE(rows.cols == cols_, "stack: expected ", cols_, " columns, found ", rows.cols);
  for (int64_t row = 0; row < rows.rows; ++row) {
    stacked_.add(rows.row_columns(row), rows.row_values(row));
    stacked_.end_row();
  }
}

Csr CsrStack::finish() {
  return stacked_.finish(cols_);
}

}  // namespace spout
