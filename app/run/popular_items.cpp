#include "spout/app/run/popular_items.h"

#include <algorithm>
#include <vector>

#include "spout/sparse/layout/csr_builder.h"

namespace spout {

namespace {

/// The logarithms of the items' shares of all entries, [1, L] f32.
at::Tensor scores_of(const at::Tensor& counts) {
  const at::Tensor shares = counts.to(at::kDouble).add(1.0);
  return shares.div(shares.sum()).log().to(at::kFloat).unsqueeze(0);
}

}  // namespace

Csr PopularItems::fill_in(Csr predicted, const at::Tensor& x, const DecodeOptions& options,
                          const Csr* seen) const {
  if (!counts_.defined()) return predicted;
  const at::Tensor crow = x.crow_indices().cpu().to(at::kLong);
  const auto* start = crow.const_data_ptr<int64_t>();
  const auto is_empty = [&](int64_t row) { return start[row] == start[row + 1]; };
  bool any = false;
  for (int64_t row = 0; row < predicted.rows; ++row)
    any = any || is_empty(row);
  if (!any) return predicted;
  // Most batches have no such row, so that nothing of size L is worked out before.
  const at::Tensor scores = scores_of(counts_);
  const Csr usual = decode(scores, options);
  CsrBuilder rows;
  for (int64_t row = 0; row < predicted.rows; ++row) {
    if (!is_empty(row)) {
      rows.add(predicted.row_columns(row), predicted.row_values(row));
    } else if (seen == nullptr || seen->row_columns(row).empty()) {
      rows.add(usual.row_columns(0), usual.row_values(0));
    } else {
      const std::vector<int64_t> one{row};
      const Csr own_seen = gather_rows(*seen, one);
      const Csr own = decode(scores, options, &own_seen);
      rows.add(own.row_columns(0), own.row_values(0));
    }
    rows.end_row();
  }
  return rows.finish(predicted.cols);
}

int64_t PopularItems::count(const Dataset& data) const {
  if (!counts_.defined()) return 0;
  int64_t count = 0;
  for (int64_t row = 0; row < data.x.sparse.rows; ++row)
    count += data.x.sparse.row_columns(row).empty() ? 1 : 0;
  return count;
}

}  // namespace spout
