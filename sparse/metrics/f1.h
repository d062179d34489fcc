// Precision, recall and F1 of a set of predicted labels per row: micro (all entries pooled, the
// support of the predicted matrix against the true one) and macro (mean over labels).
// A label that neither occurs nor is predicted counts as 0 in the macro mean, and every label of
// [0, L) is in its divisor.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace spout {

class F1Counts {
 public:
  explicit F1Counts(int64_t num_labels);

  /// Both ascending and in [0, num_labels).
  void add_row(std::span<const int64_t> predicted, std::span<const int64_t> truth);

  double precision() const;
  double recall() const;
  double micro() const;
  double macro() const;

 private:
  std::vector<int64_t> hits_;       // [L] predicted and true
  std::vector<int64_t> mentioned_;  // [L] predicted plus true
  int64_t num_predicted_ = 0;
  int64_t num_true_ = 0;
};

}  // namespace spout
