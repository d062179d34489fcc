// How long to train, found by training. Weights move along a trunk at the full learning rate; at
// lengths that grow by half, a branch of the trunk lets the rate fall to zero, and held-out rows
// measure the model at its end, which is what a training of that length would leave (Haegele et al.
// 2024). The search ends when longer trainings bring no more. Nothing here depends on the clock,
// but for a bound on the time, which cut() records.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace spout {

struct TrainingLength {
  int64_t trunk = 0;  // steps at the full rate
  int64_t decay = 0;  // steps after these, in which the rate falls to zero

  int64_t steps() const { return trunk + decay; }
};

/// What a search is made for.
struct LengthLimits {
  int64_t first = 1;      // steps of the first trunk
  int64_t most = 1;       // steps of the longest trunk
  int64_t folds = 1;      // how often each length is measured, on other held-out rows each time
  double baseline = 0.0;  // the metric of naming the commonest labels
  bool is_error = false;  // whether less of the metric is better
  // The search ends after so many longer lengths without a gain, or after one that is worse than
  // the best by the share `decline` of its metric.
  int64_t patience = 2;
  double decline = 0.01;
  // The relative gain that makes a longer length the better one; above rounding.
  double least_gain = 1e-9;
  // What a rival has reached; the search ends once it will not come up to that. NaN: there is none.
  double rival = std::numeric_limits<double>::quiet_NaN();
};

/// Steps of the longest trunk: 20,000 in all folds together, or 30 epochs if that is more.
///   batches  of an epoch
int64_t longest_trunk(int64_t batches, int64_t folds);

class LengthSearch {
 public:
  static constexpr double kGrowth = 1.5;            // from one trunk to the next
  static constexpr double kDecayShare = 1.0 / 3.0;  // steps of a branch for each of its trunk

  explicit LengthSearch(const LengthLimits& limits) : limits_(limits) {}

  const LengthLimits& limits() const { return limits_; }

  /// The length that is trained and measured next.
  TrainingLength current() const { return length(std::ssize(measured_) / limits_.folds); }
  /// Its fold, counted from 0.
  int64_t fold() const { return std::ssize(measured_) % limits_.folds; }
  /// Its place among the lengths, counted from 0.
  int64_t index() const { return std::ssize(measured_) / limits_.folds; }

  /// Records the metric of the current length and fold. NaN counts as the worst.
  void add(double metric) { measured_.push_back(metric); }

  /// Records that the time allows no longer trunk than one of so many steps: if it is longer than
  /// the last, it is the current length now, and the search ends with it.
  void cut(int64_t trunk) { cut_ = trunk; }
  bool is_cut() const { return cut_ >= 0; }

  bool is_over() const;
  /// Whether gains have become so small that the rival stays ahead.
  bool is_beaten() const;

  /// Whether any length has been measured in all folds.
  bool has_best() const { return std::ssize(measured_) >= limits_.folds; }
  /// The place of the best length; the shortest of several.
  int64_t best() const;
  TrainingLength best_length() const { return length(best()); }
  /// The mean of a length's metrics over the folds.
  double metric(int64_t index) const;

  /// The length at a place.
  TrainingLength length(int64_t index) const;

  /// What was recorded, and the bounds of trunks, as text that restore() reads.
  std::string state() const;
  /// The bounds are those of the text, or of this search where it allows more.
  ///   throws ValueError on other text
  void restore(const std::string& state);

 private:
  LengthLimits limits_;
  std::vector<double> measured_;  // fold by fold, length by length
  int64_t cut_ = -1;              // steps of the last trunk, where time decided; -1: it did not
};

}  // namespace spout
