// Which label trees an svm has if the user names none, by an estimate of the time that they take.
// Where one SVM for every label against all rows is affordable, it goes with a tree of one level.
// Where it is not, several trees of many levels rank better than the one tree of one level that
// takes as long. Estimates count what is read, never the clock: the plan is the same on any
// machine.
#pragma once

#include <cstdint>
#include <vector>

#include "spout/sparse/layout/csr.h"

namespace spout {

/// What a plan may cost, in estimated seconds on two cores.
struct SvmBudget {
  double one_vs_rest_s = 120.0;  // of SVMs against all rows
  double trees_s = 400.0;        // of trees instead of them, unless a single one takes longer
  int64_t most_trees = 6;
};

struct SvmPlan {
  std::vector<int64_t> trees;  // depths, see SvmModelOptions
  double seconds = 0.0;        // estimated, on two cores
};

/// Plans by the features and targets of the training rows.
///   x  [n, D]    y  [n, L]
SvmPlan plan_svm(const Csr& x, const Csr& y, const SvmBudget& budget);

/// Estimates the seconds of solving every label against all rows: most of it is reading, for each
/// label, all rows that share a feature with the label's. The commonest labels are counted, and a
/// sample of the others.
double one_vs_rest_seconds(const Csr& x, const Csr& y);

/// Estimates what the SVMs of a tree read, as svm_entries() counts it.
double tree_entries(const Csr& x, const Csr& y, int64_t depth);

/// Estimates the seconds of finding the clusters of one tree and solving its SVMs.
double tree_seconds(const Csr& x, const Csr& y, int64_t depth);

}  // namespace spout
