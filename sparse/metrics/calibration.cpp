#include "spout/sparse/metrics/calibration.h"

#include <algorithm>
#include <cmath>

namespace spout {

void Calibration::add(double probability, bool came) {
  const double truth = came ? 1.0 : 0.0;
  const auto index = static_cast<size_t>(std::clamp(probability * kBins, 0.0, kBins - 1.0));
  Bin& bin = bins_[index];
  bin.count += 1.0;
  bin.probability += probability;
  bin.came += truth;
  count_ += 1.0;
  squares_ += (probability - truth) * (probability - truth);
}

double Calibration::brier() const {
  return count_ == 0.0 ? 0.0 : squares_ / count_;
}

double Calibration::error() const {
  double sum = 0.0;
  for (const Bin& bin : bins_)
    sum += std::abs(bin.probability - bin.came);
  return count_ == 0.0 ? 0.0 : sum / count_;
}

}  // namespace spout
