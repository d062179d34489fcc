// Features raised to a power, which shifts weight between a row's rare and common words: tf-idf
// that is too steep (or not steep enough) for the labels at hand is put right.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sparse/layout/csr.h"

namespace spout {

/// sign(v) |v|^power of every value; each row is then scaled to the length that it had.
class FeaturePower {
 public:
  explicit FeaturePower(double power) : power_(power) {}

  /// A row; stands until the next call.
  std::span<const float> operator()(std::span<const float> values);

  /// All rows.   x [n, D]
  Csr operator()(const Csr& x);

 private:
  double power_;
  std::vector<float> powered_;
};

/// 1 or, where it is clearly better, 0.5: the power by which the ten nearest other rows of a sample
/// name one of a row's labels most often.
///   x [n, D] features   y [n, L] targets   seed  of the sample
double choose_feature_power(const Csr& x, const Csr& y, uint64_t seed);

}  // namespace spout
