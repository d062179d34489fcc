#include "spout/sparse/layout/dense_matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "spout/sparse/base/error.h"
#include "spout/sparse/layout/row_order.h"

namespace spout {

void check_dense(const std::string& path, const at::Tensor& matrix) {
  if (matrix.dim() != 2) {
    throw FileError(fmt::format("{}: expected 2 dimensions, found {}", path, matrix.dim()));
  }
  check_empty_rows(path, matrix.size(0), matrix.numel());
  const float* values = matrix.const_data_ptr<float>();
  const float* end = values + matrix.numel();
  const float* bad = std::find_if(values, end, [](float value) { return !std::isfinite(value); });
  if (bad == end) return;
  const int64_t place = bad - values;
  throw FileError(fmt::format("{}: row {}, column {}: expected a finite value, found {}", path,
                              place / matrix.size(1), place % matrix.size(1), *bad));
}

}  // namespace spout
