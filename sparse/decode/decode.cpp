#include "sparse/decode/decode.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/index_select.h>

#include <cmath>

#include "sparse/decode/best_labels.h"

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

at::Tensor DecodeOptions::above_thresholds(const at::Tensor& scores) const {
  if (!label_thresholds.defined()) return scores;
  TORCH_CHECK_VALUE(threshold == 0.0F, "decode: both a threshold of ", threshold,
                    " and one for each label");
  TORCH_CHECK_VALUE(label_thresholds.numel() == scores.size(-1), "decode: thresholds ",
                    label_thresholds.sizes(), " but scores ", scores.sizes());
  return scores - label_thresholds.to(scores.device());
}

Csr DecodeOptions::with_scores(Csr chosen) const {
  if (label_thresholds.defined()) {
    chosen.values = chosen.values + label_thresholds.index_select(0, chosen.col);
  }
  return chosen;
}

Csr above(const Csr& predicted, float threshold) {
  std::vector<int64_t> crow{0};
  std::vector<int64_t> col;
  std::vector<float> values;
  for (int64_t row = 0; row < predicted.rows; ++row) {
    const auto columns = predicted.row_columns(row);
    const auto scores = predicted.row_values(row);
    for (size_t i = 0; i < columns.size(); ++i) {
      if (!chosen(scores[i], row, threshold)) continue;
      col.push_back(columns[i]);
      values.push_back(scores[i]);
    }
    crow.push_back(static_cast<int64_t>(col.size()));
  }
  return make_csr(predicted.rows, predicted.cols, std::move(crow), std::move(col),
                  std::move(values));
}

void CsrStack::append(const Csr& rows) {
  TORCH_CHECK_VALUE(rows.cols == cols_, "stack: expected ", cols_, " columns, found ", rows.cols);
  const auto* crow = rows.crow.const_data_ptr<int64_t>();
  const int64_t before = crow_.back();
  for (int64_t row = 1; row <= rows.rows; ++row)
    crow_.push_back(before + crow[row]);
  const auto* col = rows.col.const_data_ptr<int64_t>();
  const auto* values = rows.values.const_data_ptr<float>();
  col_.insert(col_.end(), col, col + rows.nnz());
  values_.insert(values_.end(), values, values + rows.nnz());
}

Csr CsrStack::finish() {
  const auto rows = static_cast<int64_t>(crow_.size()) - 1;
  return make_csr(rows, cols_, std::move(crow_), std::move(col_), std::move(values_));
}

}  // namespace spout
