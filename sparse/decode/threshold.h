// Chooses thresholds from data: the one with the best F1 on rows whose labels are known, for all
// labels together or for each label, and the one that a given number of scores exceed. Scores are
// the best of each row, so that no [n, L] is needed.
// Source: Yang, "A study of thresholding strategies for text categorization" (SIGIR 2001):
// best_for_each() is Yang's SCut, best_for_all() the same over pooled entries.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "spout/sparse/layout/csr.h"

namespace spout {

/// A threshold, and its F1 on the rows by which it was chosen.
struct ThresholdChoice {
  float threshold = 0.0F;
  double f1 = 0.0;  // micro-F1
};

class ThresholdSearch {
 public:
  /// Starts without rows.
  ///   row_limit  most scores given for a row; lower ones are unknown. Thresholds that need unknown
  ///              scores in more than 1 % of the rows are not tried.
  ThresholdSearch(int64_t num_labels, int64_t row_limit);

  /// Adds rows.
  ///   scores  [n, L] the best of each row
  ///   truth   [n, L or more] entries that are not zero are true; true labels beyond L are missed
  ///           at every threshold
  void add(const Csr& scores, const Csr& truth);

  /// Returns the threshold with the best micro-F1, half-way between two scores.
  ///   throws ValueError if no entry is true
  ThresholdChoice best_for_all() const;

  /// Returns [L] f32, for each label the threshold with its best F1. A label that is true in fewer
  /// than kFewestTrue rows, or is never hit, gets `common`.
  at::Tensor best_for_each(float common) const;

  static constexpr int64_t kFewestTrue = 3;

 private:
  struct Entry {
    float score;
    bool is_true;
  };
  /// The lowest threshold that is tried.
  float floor() const;
  static ThresholdChoice best_of(std::vector<Entry> entries, int64_t num_true, float floor);

  int64_t row_limit_;
  std::vector<float> row_floors_;             // the lowest known score of each row
  std::vector<std::vector<Entry>> of_label_;  // [L] the scores of each label
  std::vector<int64_t> num_true_;             // [L]
  int64_t num_missed_ = 0;                    // true entries of labels beyond L
};

/// Finds the threshold that `count` of all scores added exceed (fewer if some are equal).
class CountThreshold {
 public:
  explicit CountThreshold(int64_t count) : count_(count) {}

  /// Scores at or below the limit no longer matter.
  float limit() const { return limit_; }
  void add(const Csr& scores);

  /// Returns the threshold; -infinity if there are no more than `count` scores.
  float finish();
  /// After finish(): the number of scores above the threshold.
  int64_t count() const;

 private:
  void keep_largest();

  int64_t count_;
  float limit_ = -std::numeric_limits<float>::infinity();
  std::vector<float> scores_;
};

}  // namespace spout
