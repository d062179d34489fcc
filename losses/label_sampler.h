// Draws the labels over which sampled softmax normalises a row. A label comes up c times among S
// draws with probabilities q; counted c / (S q) times, the drawn ones stand for all: the expected
// sum of their exp(z) is the sum over all labels.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace spout {

/// Labels that stand for all of them; on one device.
struct DrawnLabels {
  at::Tensor label;      // [S] i64, ascending, distinct
  at::Tensor log_count;  // [S] f32: log of how many labels each stands for

  /// Throws ValueError on shapes and order (on the CPU), IndexError on a label outside [0, L).
  void check(int64_t num_labels) const;

  DrawnLabels on(c10::Device device) const { return {label.to(device), log_count.to(device)}; }
};

class LabelSampler {
 public:
  /// A label is drawn with a probability in proportion to its weight.
  ///   weights  [L], above 0
  explicit LabelSampler(const std::vector<double>& weights);

  /// The labels of one step: a pure function of (seed, step).
  ///   count  draws, with replacement, so that at most so many labels are distinct
  std::shared_ptr<const DrawnLabels> draw(int64_t count, uint64_t seed, uint64_t step,
                                          c10::Device device) const;

 private:
  std::vector<double> up_to_;  // [L] running sums of the probabilities; the last one is 1
};

}  // namespace spout
