#include "spout/sparse/layout/commonest.h"

#include <algorithm>
#include <numeric>

#include "spout/sparse/layout/entries.h"

namespace spout {

std::vector<int64_t> places_of_largest(const std::vector<int64_t>& counts, int64_t most) {
  std::vector<int64_t> order(counts.size());
  std::iota(order.begin(), order.end(), int64_t{0});
  const auto end = order.begin() + std::min<int64_t>(most, std::ssize(order));
  std::partial_sort(order.begin(), end, order.end(), [&](int64_t a, int64_t b) {
    const int64_t more = counts[static_cast<size_t>(a)];
    const int64_t less = counts[static_cast<size_t>(b)];
    return more != less ? more > less : a < b;
  });
  order.erase(end, order.end());
  return order;
}

Csr commonest_columns(const Csr& matrix, const std::vector<int64_t>& counts, int64_t most) {
  const auto* column = matrix.col.const_data_ptr<int64_t>();
  std::vector<bool> is_kept(counts.size());
  for (const int64_t place : places_of_largest(counts, most))
    is_kept[static_cast<size_t>(place)] = true;
  std::vector<bool> chosen(static_cast<size_t>(matrix.nnz()));
  for (int64_t i = 0; i < matrix.nnz(); ++i)
    chosen[static_cast<size_t>(i)] = is_kept[static_cast<size_t>(column[i])];
  return without_empty_columns(take_entries(matrix, chosen));
}

}  // namespace spout
