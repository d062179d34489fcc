// Precision, recall and F1 of a set of predicted labels per row: micro (all entries pooled, the
// non-zeros of the predicted matrix against those of the true one) and macro (mean over labels).
// The macro mean divides by all L labels; one that neither occurs nor is predicted counts as 0.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace spout {

class F1Counts {
 public:
  explicit F1Counts(int64_t num_labels);

  /// Adds a row. Both lists must be ascending and in [0, num_labels).
  void add_row(std::span<const int64_t> predicted, std::span<const int64_t> truth);

  double precision() const;
  double recall() const;
  double micro() const;
  double macro() const;

 private:
  std::vector<int64_t> hits_;       // [L] rows in which the label is predicted and true
  std::vector<int64_t> mentioned_;  // [L] rows that predict it, plus rows in which it is true
  int64_t num_predicted_ = 0;
  int64_t num_true_ = 0;
};

}  // namespace spout
