#include "spout/sparse/metrics/propensity.h"

#include <cmath>

namespace spout {

std::vector<int64_t> label_counts(const Csr& y) {
  std::vector<int64_t> counts(static_cast<size_t>(y.cols), 0);
  const auto* col = y.col.const_data_ptr<int64_t>();
  const auto* value = y.values.const_data_ptr<float>();
  for (int64_t i = 0; i < y.nnz(); ++i)
    counts[static_cast<size_t>(col[i])] += value[i] != 0.0F ? 1 : 0;
  return counts;
}

std::vector<double> inverse_propensities(const Csr& train_y, const PropensityOptions& options) {
  const double c =
      (std::log(static_cast<double>(train_y.rows)) - 1.0) * std::pow(options.b + 1.0, options.a);
  std::vector<double> inverse;
  inverse.reserve(static_cast<size_t>(train_y.cols));
  for (const int64_t count : label_counts(train_y)) {
    inverse.push_back(1.0 + c * std::pow(static_cast<double>(count) + options.b, -options.a));
  }
  return inverse;
}

}  // namespace spout
