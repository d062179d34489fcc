#include "sparse/decode/decode.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/topk.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace spout {
namespace {

/// Appends a row's (label, score) pairs by ascending label.
void append_row(std::vector<std::pair<int64_t, float>>& entries, std::vector<int64_t>& crow,
                std::vector<int64_t>& col, std::vector<float>& values) {
  std::sort(entries.begin(), entries.end());
  for (const auto& [label, score] : entries) {
    col.push_back(label);
    values.push_back(score);
  }
  crow.push_back(static_cast<int64_t>(col.size()));
}

bool chosen(float score, int64_t row, float threshold) {
  TORCH_CHECK_VALUE(!std::isnan(score), "decode: row ", row, " has a score that is not a number");
  return score > threshold && score != -std::numeric_limits<float>::infinity();
}

/// Entries above the threshold among candidates [n, m] whose column numbers are `labels`, or 0..m.
Csr collect(const at::Tensor& scores, const at::Tensor& labels, int64_t cols, float threshold) {
  const auto score = scores.accessor<float, 2>();
  std::vector<int64_t> crow{0};
  std::vector<int64_t> col;
  std::vector<float> values;
  std::vector<std::pair<int64_t, float>> entries;
  for (int64_t row = 0; row < scores.size(0); ++row) {
    entries.clear();
    for (int64_t j = 0; j < scores.size(1); ++j) {
      if (!chosen(score[row][j], row, threshold)) continue;
      entries.emplace_back(labels.defined() ? labels.accessor<int64_t, 2>()[row][j] : j,
                           score[row][j]);
    }
    append_row(entries, crow, col, values);
  }
  return make_csr(scores.size(0), cols, std::move(crow), std::move(col), std::move(values));
}

}  // namespace

Csr decode(const at::Tensor& scores, const DecodeOptions& options) {
  TORCH_CHECK_VALUE(scores.dim() == 2, "decode: scores must be [n, L], found ", scores.sizes());
  const int64_t num_labels = scores.size(1);
  if (options.top_k > 0 && options.top_k < num_labels) {
    const auto [best, labels] = at::topk(scores, options.top_k, 1, true, /*sorted=*/false);
    return collect(best.to(at::kCPU, at::kFloat), labels.cpu(), num_labels, options.threshold);
  }
  return collect(scores.to(at::kCPU, at::kFloat), {}, num_labels, options.threshold);
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

void exclude(const at::Tensor& scores, const Csr& seen) {
  TORCH_CHECK_VALUE(seen.rows == scores.size(0) && seen.cols == scores.size(1), "exclude: scores ",
                    scores.sizes(), " but the matrix to leave out is ", seen.rows, " x ",
                    seen.cols);
  const at::Tensor indices = to_torch_coo(seen)._indices().to(scores.device());
  const at::Tensor place = indices[0] * seen.cols + indices[1];
  scores.view(-1).index_fill_(0, place, -std::numeric_limits<double>::infinity());
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
