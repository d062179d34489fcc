// Measures how well predicted probabilities agree with outcomes: the Brier score, and the expected
// calibration error in 15 bins of equal width.
// Sources: Brier (1950); Guo, Pleiss, Sun, Weinberger (ICML 2017), equation 3.
#pragma once

#include <array>
#include <cstdint>

namespace spout {

class Calibration {
 public:
  /// Adds one prediction.
  ///   probability  in [0, 1]    came  whether the label was true
  void add(double probability, bool came);

  /// The mean squared difference between probability and outcome (0 or 1).
  double brier() const;
  /// The mean over all predictions of |mean probability - share of true ones| in their bin.
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
