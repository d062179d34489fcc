// How likely it is that a true label was annotated at all, by the label's training frequency:
//   C = (log N - 1)(B + 1)^A,  1 / p_j = 1 + C (N_j + B)^-A.
// Source: Jain, Prabhu, Varma, "Extreme Multi-label Loss Functions" (KDD 2016), equation 3.
#pragma once

#include <vector>

#include "sparse/layout/csr.h"

namespace spout {

/// A = 0.55, B = 1.5 by default; 0.5, 0.4 for Wikipedia sets; 0.6, 2.6 for Amazon's.
struct PropensityOptions {
  double a = 0.55;
  double b = 1.5;
};

/// Rows that hold each label.   returns [L]
std::vector<int64_t> label_counts(const Csr& y);

/// 1 / p_j for every label.   returns [L]
std::vector<double> inverse_propensities(const Csr& train_y, const PropensityOptions& options = {});

}  // namespace spout
