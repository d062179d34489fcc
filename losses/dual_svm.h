// One linear SVM for every label, each against all other rows: squared hinge and an L2 penalty,
// solved label by label with coordinate descent in the dual. A label costs about what the rows cost
// that have it or look like those: a row far on the right side of its margin has a dual variable
// of zero, and is never visited. Source: Hsieh et al., "A dual coordinate descent method for
// large-scale linear SVM" (ICML 2008), algorithm 1 and section 3; how violators are found is ours.
//
// Scores are s = x w - 1. A row that has the label wants s >= 1, any other one s <= -margin. The
// textbook's margin is 1; a little less leaves ten times fewer rows to visit and ranks no worse.
// The constant stands for a bias: a label of few rows has to be argued for by features.
#pragma once

#include <cstdint>
#include <functional>

#include "sparse/layout/csr.h"

namespace spout {

constexpr double kSvmBias = -1.0;  // of every label

struct SvmOptions {
  double cost = 1.0;             // C of a label with one row, over the penalty |w|^2 / 2
  double cost_power = 0.1;       // C of one with m rows is cost * m^-cost_power
  double margin = 0.8;           // of rows that do not have the label, below 1
  double smallest = 0.05;        // weights of a lesser magnitude are left out at the end
  int64_t scans = 1;             // searches for rows that violate their margin
  int64_t passes = 4;            // over the rows found, before the first scan and after each
  double tolerance = 0.1;        // passes end early where no dual variable's gradient is larger
  uint64_t seed = 1;             // of the order in which rows are visited
  std::function<void()> poll{};  // called before every label, by any thread; may throw to stop
};

/// What solve_svm() found.
struct SvmWeights {
  Csr weight;              // [L, D]
  double objective = 0.0;  // of the dual, summed over labels: a lower bound of the primal's
};

/// Solves for all labels, in parallel. The same bits whatever the number of threads.
///   x  [n, D] features
///   y  [n, L] a value above zero: the row has the label, and its C is that value times the label's
///   throws ValueError where x and y have not as many rows, on a margin of 1 or more, and on rows
///   or features beyond 2^31
SvmWeights solve_svm(const Csr& x, const Csr& y, const SvmOptions& options);

/// Bytes that solve_svm() takes beside x and y.
///   entries, targets  stored in x and in y
double solve_svm_bytes(double rows, double features, double labels, double entries, double targets);

}  // namespace spout
