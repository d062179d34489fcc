#include "spout/models/fitted/tree_level.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <numeric>
#include <span>

#include "spout/sparse/base/sorted_range.h"
#include "spout/sparse/layout/csr_builder.h"
#include "spout/sparse/layout/used_columns.h"

namespace spout {
namespace {

/// The columns [begin, end) of some rows, renumbered from 0.
Csr cut(const Csr& y, std::span<const int64_t> rows, int64_t begin, int64_t end) {
  CsrBuilder result;
  for (const int64_t row : rows) {
    const auto columns = y.row_columns(row);
    const auto [first, count] = sorted_range(columns, begin, end);
    for (int64_t i = first; i < first + count; ++i) {
      const auto entry = static_cast<size_t>(i);
      result.add(columns[entry] - begin, y.row_values(row)[entry]);
    }
    result.end_row();
  }
  return result.finish(end - begin);
}

/// Puts the weights of one parent's nodes after another's, by feature. Each part is freed once its
/// weights are in their place, so that there are hardly ever two copies.
///   parts  [c, D] the weights of the nodes of each parent
void set_weight_from_parts(CsrWeight& weight, std::vector<Csr>& parts, int64_t features) {
  std::vector<int64_t> crow(static_cast<size_t>(features) + 1);
  int64_t num_nodes = 0;
  for (const Csr& part : parts) {
    num_nodes += part.rows;
    const auto* col = part.col.const_data_ptr<int64_t>();
    for (int64_t i = 0; i < part.nnz(); ++i)
      ++crow[static_cast<size_t>(col[i]) + 1];
  }
  std::partial_sum(crow.begin(), crow.end(), crow.begin());
  TORCH_CHECK_VALUE(num_nodes <= std::numeric_limits<int32_t>::max(),
                    "label tree: expected at most 2^31 nodes, found ", num_nodes);
  at::Tensor column = at::empty({crow.back()}, at::kInt);
  at::Tensor value = at::empty({crow.back()}, at::kFloat);
  auto* columns = column.mutable_data_ptr<int32_t>();
  auto* values = value.mutable_data_ptr<float>();
  std::vector<int64_t> next(crow.begin(), crow.end() - 1);
  int32_t node = 0;
  for (Csr& part : parts) {
    for (int64_t row = 0; row < part.rows; ++row, ++node) {
      const auto of_node = part.row_columns(row);
      const auto weights = part.row_values(row);
      for (size_t i = 0; i < of_node.size(); ++i) {
        const int64_t place = next[static_cast<size_t>(of_node[i])]++;
        columns[place] = node;
        values[place] = weights[i];
      }
    }
    part = Csr{};
  }
  std::copy(crow.begin(), crow.end(), weight.crow.mutable_data_ptr<int64_t>());
  weight.column.set_data(column);
  weight.value.set_data(value);
}

/// The parents in order of the work that they are, the largest first, so that no thread is left
/// with a large one at the end.
std::vector<int64_t> largest_first(const Csr& rows_of, const int64_t* begin) {
  std::vector<int64_t> order(static_cast<size_t>(rows_of.rows));
  std::iota(order.begin(), order.end(), 0);
  const auto work = [&](int64_t parent) {
    return (begin[parent + 1] - begin[parent]) *
           static_cast<int64_t>(rows_of.row_columns(parent).size());
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return work(a) > work(b); });
  return order;
}

}  // namespace

double fit_inside(TreeLevel& level, const Csr& x, const Csr& y, const Csr& parents,
                  const SvmOptions& options) {
  const auto* begin = level.begin.const_data_ptr<int64_t>();
  const Csr rows_of = transpose(parents);
  const std::vector<int64_t> order = largest_first(rows_of, begin);
  std::vector<Csr> parts(order.size());
  std::vector<double> objectives(order.size());
  std::atomic<size_t> next{0};
  at::parallel_for(0, at::get_num_threads(), 1, [&](int64_t /*first*/, int64_t /*last*/) {
    UsedColumns used(x.cols);
    for (size_t i = next++; i < order.size(); i = next++) {
      const auto parent = static_cast<size_t>(order[i]);
      const auto rows = rows_of.row_columns(order[i]);
      const Csr targets = cut(y, rows, begin[parent], begin[parent + 1]);
      SvmWeights solved = solve_svm(used.gather(x, rows), targets, options);
      auto* col = solved.weight.col.mutable_data_ptr<int64_t>();
      for (int64_t j = 0; j < solved.weight.nnz(); ++j)
        col[j] = used.columns()[static_cast<size_t>(col[j])];
      objectives[parent] = solved.objective;
      parts[parent] = std::move(solved.weight);
    }
  });
  set_weight_from_parts(level.weight, parts, x.cols);
  return std::accumulate(objectives.begin(), objectives.end(), 0.0);
}

double fit_whole(CsrWeight& weight, const Csr& x, const Csr& y, const SvmOptions& options) {
  SvmWeights solved = solve_svm(x, y, options);
  std::vector<Csr> parts{std::move(solved.weight)};
  set_weight_from_parts(weight, parts, x.cols);
  return solved.objective;
}

}  // namespace spout
