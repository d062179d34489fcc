#include "losses/target.h"

#include <ATen/TensorOperators.h>

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
  entries.place = entries.row * num_labels + entries.column;
  return entries;
}

}  // namespace spout
