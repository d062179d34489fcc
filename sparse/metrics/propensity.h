// The propensity p_j of label j is the probability that the label is annotated where it is true. It
// is estimated from the number N_j of the N training rows that hold the label:
//   C = (log N - 1)(B + 1)^A,  1 / p_j = 1 + C (N_j + B)^-A.
// Source: Jain, Prabhu, Varma, "Extreme Multi-label Loss Functions" (KDD 2016), equation 3.
#pragma once

#include <vector>

#include "spout/sparse/layout/csr.h"

namespace spout {

/// A and B of the formula: 0.55 and 1.5 by default, 0.5 and 0.4 for Wikipedia's data sets, 0.6 and
/// 2.6 for Amazon's.
struct PropensityOptions {
  double a = 0.55;
  double b = 1.5;
};

/// Counts the rows that hold each label.   returns [L]
std::vector<int64_t> label_counts(const Csr& y);

/// Computes 1 / p_j for every label.   returns [L]
std::vector<double> inverse_propensities(const Csr& train_y, const PropensityOptions& options = {});

}  // namespace spout
