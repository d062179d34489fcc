#include "spout/models/fitted/label_prototypes.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "spout/sparse/batch/dataset.h"

namespace spout {
namespace {

constexpr size_t kBlock = 8192;  // rows that are copied at a time

/// Calls body(block, rows) for blocks of the row numbers `of`, with those rows [m, d].
template <class Body>
void for_each_block(const at::Tensor& rows, std::span<const int64_t> of, const Body& body) {
  for (size_t begin = 0; begin < of.size(); begin += kBlock) {
    const auto block = of.subspan(begin, std::min(kBlock, of.size() - begin));
    body(block, rows.index_select(
                    0, at::tensor(at::ArrayRef<int64_t>(block.data(), block.size()), at::kLong)));
  }
}

}  // namespace

std::vector<int64_t> labels_of_row(const Csr& y, int64_t row) {
  const auto columns = y.row_columns(row);
  const auto values = y.row_values(row);
  std::vector<int64_t> labels;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (values[i] > 0.0F) labels.push_back(columns[i]);
  }
  return labels;
}

at::Tensor unit_rows(const at::Tensor& rows) {
  constexpr double kLeast = 1e-12;
  return rows / at::linalg_vector_norm(rows, 2, {1}, /*keepdim=*/true).clamp_min(kLeast);
}

at::Tensor centred_rows(const at::Tensor& rows, const at::Tensor& center) {
  const at::Tensor is_there = rows.ne(0).any(1, /*keepdim=*/true);
  return unit_rows((unit_rows(rows) - center) * is_there);
}

at::Tensor mean_row(const at::Tensor& rows, std::span<const int64_t> of) {
  const std::vector<int64_t> all = of.empty() ? all_rows(rows.size(0)) : std::vector<int64_t>();
  at::Tensor sum = at::zeros({rows.size(1)});
  int64_t count = 0;
  for_each_block(rows, of.empty() ? all : of, [&](auto /*block*/, const at::Tensor& taken) {
    sum += unit_rows(taken).sum(0);
    count += taken.ne(0).any(1).sum().item<int64_t>();
  });
  return sum / static_cast<double>(std::max<int64_t>(count, 1));
}

at::Tensor label_sums(const at::Tensor& rows, const Csr& y, std::span<const int64_t> of,
                      const at::Tensor& center) {
  const int64_t width = rows.size(1);
  at::Tensor sums = at::zeros({y.cols, width});
  auto* sum = sums.mutable_data_ptr<float>();
  for_each_block(rows, of, [&](std::span<const int64_t> block, const at::Tensor& taken) {
    const at::Tensor placed = centred_rows(taken, center).contiguous();
    const auto* row = placed.const_data_ptr<float>();
    for (const int64_t number : block) {
      for (const int64_t label : labels_of_row(y, number)) {
        float* of_label = sum + label * width;
        for (int64_t j = 0; j < width; ++j)
          of_label[j] += row[j];
      }
      row += width;
    }
  });
  return sums;
}

}  // namespace spout
