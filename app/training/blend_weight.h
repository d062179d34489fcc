// How much the network of a blend (models/fitted/blend.h) counts in it: held-out rows choose among
// a few weights. The best on a thousand rows is the best by chance in part, so that the usual
// weight stands unless another is ahead of it by more than such a number of rows may vary.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "spout/app/run/evaluation.h"

namespace spout {

/// The weights of the network that are tried, ascending; the first is 0, the fitted part alone.
inline constexpr std::array kBlendWeights{0.0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2};
/// The place of the one that stands where rows do not say otherwise.
inline constexpr size_t kUsualBlendWeight = 4;

/// What held-out rows say of each of kBlendWeights.
class BlendWeightTrials {
 public:
  /// What a fold's rows give with each weight, the batches cut alike.
  using OfFold = std::array<BatchMetrics, kBlendWeights.size()>;

  /// Adds a fold.
  void add(OfFold fold) { folds_.push_back(std::move(fold)); }

  /// Adds a fold: measures a blend with each weight on rows that neither of its parts has learned
  /// from. Leaves the blend with the last weight.
  void measure(Model& blend, const Dataset& data, const std::vector<int64_t>& rows,
               const EvaluationOptions& evaluation);

  /// The place of the weight to take, by choosing_value(): of those between the usual and the best
  /// the nearest to the usual that is behind the best by at most half a standard error of the
  /// difference between the two.
  size_t chosen(const std::string& metrics) const;

  /// The metrics with a weight, the mean of the folds.
  MetricValues metrics(size_t place) const;

 private:
  std::vector<OfFold> folds_;
};

}  // namespace spout
