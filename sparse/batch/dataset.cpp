#include "spout/sparse/batch/dataset.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "spout/sparse/base/random.h"
#include "spout/sparse/layout/csr_builder.h"

namespace spout {
namespace {

void normalize(std::span<float> row) {
  double sum = 0.0;
  for (const float value : row)
    sum += static_cast<double>(value) * static_cast<double>(value);
  if (sum == 0.0) return;
  const double scale = 1.0 / std::sqrt(sum);
  for (float& value : row)
    value = static_cast<float>(static_cast<double>(value) * scale);
}

at::Tensor gather_dense(const at::Tensor& dense, std::span<const int64_t> rows) {
  const int64_t width = dense.size(1);
  at::Tensor out = at::empty({static_cast<int64_t>(rows.size()), width}, at::kFloat);
  const auto* from = dense.const_data_ptr<float>();
  auto* to = out.mutable_data_ptr<float>();
  for (const int64_t row : rows)
    to = std::copy_n(from + row * width, width, to);
  return out;
}

int64_t matrix_bytes(const Csr& matrix) {
  return size_bytes(matrix.crow) + size_bytes(matrix.col) + size_bytes(matrix.values);
}

}  // namespace

int64_t Features::rows() const {
  if (is_tokens()) return tokens.crow.numel() - 1;
  return is_sparse() ? sparse.rows : dense.size(0);
}

int64_t Features::cols() const {
  if (is_tokens()) return tokens.vocabulary;
  if (!is_sparse()) return dense.size(1);
  return sparse.cols + hidden_cols();
}

Csr sparse_rows(const Features& x) {
  if (!x.hidden.defined()) return x.sparse;
  const Csr& sparse = x.sparse;
  const int64_t width = x.hidden_cols();
  const at::Tensor plain = x.hidden.contiguous();
  const auto* dense = plain.const_data_ptr<float>();
  CsrBuilder joined;
  joined.reserve(static_cast<size_t>(sparse.rows),
                 static_cast<size_t>(sparse.nnz() + plain.numel()));
  for (int64_t row = 0; row < sparse.rows; ++row) {
    joined.add(sparse.row_columns(row), sparse.row_values(row));
    for (int64_t i = 0; i < width; ++i)
      joined.add(sparse.cols + i, *dense++);
    joined.end_row();
  }
  return joined.finish(sparse.cols + width);
}

int64_t size_bytes(const at::Tensor& tensor) {
  return tensor.defined() ? static_cast<int64_t>(tensor.nbytes()) : 0;
}

int64_t size_bytes(const Dataset& data) {
  if (data.x.in_file) return 0;
  return matrix_bytes(data.x.sparse) + size_bytes(data.x.dense) + size_bytes(data.x.hidden) +
         size_bytes(data.x.tokens.ids) + size_bytes(data.x.tokens.crow) + matrix_bytes(data.y) +
         matrix_bytes(data.seen);
}

double features_per_row(const Dataset& data) {
  if (data.x.dense.defined()) return static_cast<double>(data.x.cols());
  const int64_t stored = data.x.is_tokens() ? data.x.tokens.ids.numel() : data.x.sparse.nnz();
  return static_cast<double>(data.x.hidden_cols()) +
         static_cast<double>(stored) / static_cast<double>(std::max<int64_t>(data.rows(), 1));
}

int64_t longest_row(const TokenRows& tokens) {
  if (!tokens.crow.defined()) return 0;
  const auto* crow = tokens.crow.const_data_ptr<int64_t>();
  int64_t longest = 0;
  for (int64_t row = 0; row + 1 < tokens.crow.numel(); ++row)
    longest = std::max(longest, crow[row + 1] - crow[row]);
  return longest;
}

double labels_per_row(const Dataset& data) {
  return static_cast<double>(data.y.nnz()) / static_cast<double>(std::max<int64_t>(data.rows(), 1));
}

void l2_normalize_rows(Features& x) {
  if (x.is_tokens()) return;
  if (x.in_file) {
    x.unit_rows = true;
    return;
  }
  if (!x.is_sparse()) {
    const auto width = static_cast<size_t>(x.cols());
    auto* values = x.dense.mutable_data_ptr<float>();
    const auto scaled = static_cast<size_t>(x.cols() - x.unscaled);
    for (int64_t row = 0; row < x.rows(); ++row, values += width)
      normalize({values, scaled});
    return;
  }
  const auto* crow = x.sparse.crow.const_data_ptr<int64_t>();
  auto* values = x.sparse.values.mutable_data_ptr<float>();
  for (int64_t row = 0; row < x.rows(); ++row) {
    const auto columns = x.sparse.row_columns(row);
    const auto end = x.unscaled == 0 ? columns.end()
                                     : std::lower_bound(columns.begin(), columns.end(),
                                                        x.sparse.cols - x.unscaled);
    normalize({values + crow[row], static_cast<size_t>(end - columns.begin())});
  }
}

Features gather_rows(const Features& x, std::span<const int64_t> rows) {
  Features gathered;
  if (x.is_sparse()) {
    gathered.sparse = gather_rows(x.sparse, rows);
    if (x.hidden.defined()) gathered.hidden = gather_dense(x.hidden, rows);
  } else {
    gathered.dense = gather_dense(x.dense, rows);
  }
  gathered.unscaled = x.unscaled;
  if (x.unit_rows) l2_normalize_rows(gathered);
  return gathered;
}

std::vector<int64_t> all_rows(int64_t rows) {
  std::vector<int64_t> order(static_cast<size_t>(rows));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

RowSplit split_rows(int64_t rows, double share, uint64_t seed) {
  std::vector<int64_t> order = all_rows(rows);
  if (share <= 0.0 || rows < 2) return {std::move(order), {}};
  shuffle(order, seed, RandomStream::kSplit, 0);
  const auto wish = static_cast<int64_t>(std::llround(share * static_cast<double>(rows)));
  const auto border = order.begin() + std::clamp<int64_t>(wish, 1, rows - 1);
  RowSplit split{{border, order.end()}, {order.begin(), border}};
  std::sort(split.kept.begin(), split.kept.end());
  std::sort(split.held_back.begin(), split.held_back.end());
  return split;
}

}  // namespace spout
