// Thresholds chosen by data: the one with the best F1 on rows whose labels are known, for all
// labels together or for each label, and the one above which a given number of scores lies. Scores
// come as the best of each row, so that no [n, L] is needed.
// Source: one threshold for all is S-cut over pooled entries, one each is SCut: Yang, "A study of
// thresholding strategies for text categorization" (SIGIR 2001).
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "sparse/layout/csr.h"

namespace spout {

/// A threshold and how well it separates the rows that it was chosen by.
struct ThresholdChoice {
  float threshold = 0.0F;
  double f1 = 0.0;  // micro-F1
};

class ThresholdSearch {
 public:
  /// row_limit  of the scores added: where a row has as many, lower scores of it are unknown. No
  ///            threshold is considered below those of more than a hundredth of the rows.
  ThresholdSearch(int64_t num_labels, int64_t row_limit);

  ///   scores [n, L] the best of each row    truth [n, L] entries that are not zero are true; it
  ///   may be wider, with labels that nothing scores: they are missed at every threshold
  void add(const Csr& scores, const Csr& truth);

  /// The threshold with the best micro-F1, half-way between two scores.
  ///   throws ValueError where no entry is true
  ThresholdChoice best_for_all() const;

  /// [L] f32: for each label the threshold with its best F1; `common` for a label that is true in
  /// fewer rows than kFewestTrue, which would say little.
  at::Tensor best_for_each(float common) const;

  static constexpr int64_t kFewestTrue = 3;

 private:
  struct Entry {
    float score;
    bool is_true;
  };
  /// The lowest threshold that can be judged.
  float floor() const;
  static ThresholdChoice best_of(std::vector<Entry> entries, int64_t num_true, float floor);

  int64_t row_limit_;
  std::vector<float> row_floors_;  // of each row the lowest score that is known
  std::vector<std::vector<Entry>> of_label_;
  std::vector<int64_t> num_true_;  // [L]
  int64_t num_missed_ = 0;         // true entries behind the L-th label
};

/// The threshold above which `count` of all scores added lie (of equal ones fewer).
class CountThreshold {
 public:
  explicit CountThreshold(int64_t count) : count_(count) {}

  /// Scores at or below it no longer matter.
  float limit() const { return limit_; }
  void add(const Csr& scores);

  /// -infinity where there are no more scores than that.
  float finish();
  /// After finish(): how many scores lie above.
  int64_t count() const;

 private:
  void keep_largest();

  int64_t count_;
  float limit_ = -std::numeric_limits<float>::infinity();
  std::vector<float> scores_;
};

}  // namespace spout
