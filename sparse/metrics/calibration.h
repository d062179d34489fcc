// Whether probabilities mean what they say: the Brier score, and the expected calibration error in
// 15 bins of equal width. Sources: Brier (1950); Guo, Pleiss, Sun, Weinberger (ICML 2017),
// equation 3.
#pragma once

#include <array>
#include <cstdint>

namespace spout {

class Calibration {
 public:
  /// probability  in [0, 1]    came  whether it came true
  void add(double probability, bool came);

  /// Mean squared difference from 0 or 1.
  double brier() const;
  /// Mean over all of |mean probability - share that came true| of their bin.
  double error() const;

 private:
  struct Bin {
    double count = 0.0;
    double probability = 0.0;
    double came = 0.0;
  };
  static constexpr int kBins = 15;

  std::array<Bin, kBins> bins_{};
  double count_ = 0.0;
  double squares_ = 0.0;
};

}  // namespace spout
