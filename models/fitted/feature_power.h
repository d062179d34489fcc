// Raises features to a power, which shifts weight between a row's rare and its common words: a
// power below 1 corrects tf-idf that is too steep for the labels at hand, one above 1 the opposite.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "spout/sparse/layout/csr.h"

namespace spout {

/// Replaces every value v by sign(v) |v|^power and scales each row to the length that it had.
class FeaturePower {
 public:
  explicit FeaturePower(double power) : power_(power) {}

  /// Transforms the values of one row.
  ///   returns a view that is valid until the next call
  std::span<const float> operator()(std::span<const float> values);

  /// Transforms all rows x [n, D].
  Csr operator()(const Csr& x);

 private:
  double power_;
  std::vector<float> powered_;
};

/// Chooses the power 1 or, where it is clearly better, 0.5: better is the power with which the ten
/// nearest other rows of a sampled row more often name one of its labels.
///   x [n, D] features    y [n, L] targets    seed  of the sample
double choose_feature_power(const Csr& x, const Csr& y, uint64_t seed);

}  // namespace spout
