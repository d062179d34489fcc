#include "spout/sparse/metrics/value_errors.h"

#include <cmath>

namespace spout {

void ValueErrors::Sums::add(double predicted, double truth) {
  const double error = predicted - truth;
  squared_error += error * error;
  absolute_error += std::abs(error);
  target += truth;
  squared_target += truth * truth;
}

double ValueErrors::Sums::r2() const {
  const double deviation = count == 0.0 ? 0.0 : squared_target - target * target / count;
  return deviation > 0.0 ? 1.0 - squared_error / deviation : 0.0;
}

void ValueErrors::add(double predicted, double truth) {
  all_.add(predicted, truth);
  if (predicted != 0.0) predicted_non_zeros_ += 1.0;
  if (truth == 0.0) return;
  non_zeros_.count += 1.0;
  non_zeros_.add(predicted, truth);
}

void ValueErrors::add_row(const RowValues& predicted, const RowValues& truth) {
  all_.count += static_cast<double>(num_labels_);
  size_t i = 0;
  size_t j = 0;
  while (i < predicted.columns.size() || j < truth.columns.size()) {
    const bool has_both = i < predicted.columns.size() && j < truth.columns.size();
    const bool takes_predicted =
        j == truth.columns.size() || (has_both && predicted.columns[i] <= truth.columns[j]);
    const bool takes_truth =
        i == predicted.columns.size() || (has_both && truth.columns[j] <= predicted.columns[i]);
    const float p = takes_predicted ? predicted.values[i++] : 0.0F;
    const float y = takes_truth ? truth.values[j++] : 0.0F;
    add(static_cast<double>(p), static_cast<double>(y));
  }
}

double ValueErrors::density() const {
  return all_.count == 0.0 ? 0.0 : predicted_non_zeros_ / all_.count;
}

double ValueErrors::density_ratio() const {
  return non_zeros_.count == 0.0 ? 0.0 : predicted_non_zeros_ / non_zeros_.count;
}

}  // namespace spout
