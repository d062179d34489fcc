#include "spout/losses/base/target.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_assert_async.h>
#include <ATen/ops/all.h>

#include <algorithm>
#include <numeric>

#include "spout/sparse/base/sorted_range.h"

namespace spout {

TargetEntries entries_of(const at::Tensor& target, at::ScalarType dtype) {
  const at::Tensor indices = target._indices();
  const int64_t n = target.size(0);
  const int64_t num_labels = target.size(1);
  TargetEntries entries{indices[0], indices[1], target._values().to(dtype), {}};
  if (indices.is_cpu()) {
    const auto row = entries.row.accessor<int64_t, 1>();
    const auto column = entries.column.accessor<int64_t, 1>();
    for (int64_t i = 0; i < row.size(0); ++i) {
      TORCH_CHECK_INDEX(row[i] >= 0 && row[i] < n && column[i] >= 0 && column[i] < num_labels,
                        "loss: the target names entry (", row[i], ", ", column[i], ") of ", n,
                        " x ", num_labels);
    }
  }
  if (!indices.is_cpu()) {  // checked on the device, so that the host need not wait
    at::_assert_async(entries.row.lt(n).logical_and_(entries.column.lt(num_labels)).all(),
                      "loss: the target names an entry outside of the scores");
  }
  entries.place = entries.row * num_labels + entries.column;
  return entries;
}

std::pair<size_t, size_t> TargetColumns::range(int64_t begin, int64_t end) const {
  const SortedRange range = sorted_range(column, begin, end);
  return {static_cast<size_t>(range.first), static_cast<size_t>(range.first + range.count)};
}

TargetColumns columns_of(const at::Tensor& target, const LossWeights& weights) {
  const TargetEntries entries = entries_of(target, at::kFloat);
  const auto row = entries.row.accessor<int64_t, 1>();
  const auto column = entries.column.accessor<int64_t, 1>();
  const auto value = entries.value.accessor<float, 1>();
  std::vector<int64_t> order(static_cast<size_t>(row.size(0)));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return column[a] < column[b]; });
  TargetColumns columns;
  columns.column.reserve(order.size());
  columns.row.reserve(order.size());
  columns.value.reserve(order.size());
  for (const int64_t i : order) {
    columns.column.push_back(column[i]);
    columns.row.push_back(row[i]);
    columns.value.push_back(value[i]);
  }
  const auto take = [&](const at::Tensor& of_entries, std::vector<float>& to) {
    if (!of_entries.defined()) return;
    const auto* weight = of_entries.const_data_ptr<float>();
    to.reserve(order.size());
    for (const int64_t i : order)
      to.push_back(weight[i]);
  };
  take(weights.of_entries(target), columns.weight);
  take(weights.of_positives(target), columns.positive);
  return columns;
}

}  // namespace spout
