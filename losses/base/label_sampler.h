// The label sampler draws the labels over which sampled softmax normalises a row. A label of
// probability q that comes up c times among S draws is counted c / (S q) times. The expected sum of
// exp(z) over the drawn labels, counted so, is the sum over all labels.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace spout {

/// The labels drawn for a step; together they stand for all labels. Both tensors are on one device.
struct DrawnLabels {
  at::Tensor label;      // [S] i64, ascending, distinct
  at::Tensor log_count;  // [S] f32, log of the number of labels that each stands for

  /// Throws ValueError where the shapes differ. On the CPU it also throws ValueError on labels that
  /// do not ascend and IndexError on a label outside [0, L).
  void check(int64_t num_labels) const;

  DrawnLabels on(c10::Device device) const { return {label.to(device), log_count.to(device)}; }
};

class LabelSampler {
 public:
  /// Makes a sampler that draws each label with a probability in proportion to its weight.
  ///   weights  [L], above 0
  explicit LabelSampler(const std::vector<double>& weights);

  /// Draws the labels of one step, which depend on the seed and the step only.
  ///   count  number of draws, with replacement; at most so many labels are distinct
  std::shared_ptr<const DrawnLabels> draw(int64_t count, uint64_t seed, uint64_t step,
                                          c10::Device device) const;

 private:
  std::vector<double> up_to_;  // [L] running sums of the probabilities; the last one is 1
};

}  // namespace spout
