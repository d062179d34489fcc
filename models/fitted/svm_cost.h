// Chooses the cost of a misclassified row. A high cost, which fits every row closely, ranks best
// where the labels are reliable. Where rows often lack common labels that they deserve, as tags
// given by people do, a lower cost for the common labels ranks better.
#pragma once

#include <cstdint>

#include "spout/models/fitted/dual_svm.h"

namespace spout {

struct SvmCost {
  double cost = 0.0;   // SvmOptions::cost
  double power = 0.0;  // SvmOptions::cost_power
};

/// Chooses the cost 1 with the power 0.1 or, where its SVMs rank clearly better, 0.8 with 0.25.
/// They are ranked by the mean of P@1, P@3 and P@5 of the most frequent labels, on held-out rows of
/// a sample.
///   x [n, D] features    y [n, L] targets    options  the other options    seed  of the sample
SvmCost choose_svm_cost(const Csr& x, const Csr& y, const SvmOptions& options, uint64_t seed);

}  // namespace spout
