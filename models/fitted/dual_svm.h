// Fits one linear SVM for each label: rows with the label against all others, with squared hinge
// and an L2 penalty, by coordinate descent in the dual. A row far on the right side of its margin
// has a dual variable of zero and is never visited, so that a label costs about as much as the
// rows that have it or resemble those.
// Source: Hsieh et al., "A dual coordinate descent method for large-scale linear SVM" (ICML 2008),
// algorithm 1 and section 3; how violators are found is ours.
//
// The score of a row is s = x w - 1. Rows with the label should reach s >= 1, all others
// s <= -margin. The textbook's margin is 1; a little less leaves ten times fewer rows to visit and
// ranks no worse. The constant -1 stands for a bias: even a rare label needs features with
// positive weights to be predicted.
#pragma once

#include <cstdint>
#include <functional>

#include "spout/sparse/layout/csr.h"

namespace spout {

constexpr double kSvmBias = -1.0;  // the same for every label

struct SvmOptions {
  // A label with m rows has C = cost * m^-cost_power, which weighs the squared hinge against the
  // penalty |w|^2 / 2.
  double cost = 1.0;
  double cost_power = 0.1;
  double margin = 0.8;  // of rows without the label; at least 0 and below 1
  // Weights of a smaller magnitude are dropped at the end.
  double smallest = 0.05;
  int64_t scans = 1;  // searches for rows that violate their margin
  // Passes over the rows found, before the first scan and after each. They end early where no dual
  // variable has a gradient above `tolerance`.
  int64_t passes = 4;
  double tolerance = 0.1;
  uint64_t seed = 1;  // of the order in which rows are visited
  // Called before every label, by any thread; may throw to stop.
  std::function<void()> poll{};
  // Called after every label, by any thread, with svm_entries(x).
  std::function<void(double)> done{};
};

/// The weights of all labels, and the objective that they reach.
struct SvmWeights {
  Csr weight;  // [L, D]
  // The dual objective, summed over labels: a lower bound of the primal one.
  double objective = 0.0;
};

/// What counts as read for each label: the entries of x, and ten for each row.
double svm_entries(const Csr& x);

/// Solves for all labels, in parallel. The bits do not depend on the number of threads.
///   x  [n, D] features
///   y  [n, L] targets: a value above zero means that the row has the label, and scales its C
///   throws ValueError where x and y differ in their number of rows, on a margin below 0 or not
///   below 1, and on more than 2^31 rows or features
SvmWeights solve_svm(const Csr& x, const Csr& y, const SvmOptions& options);

/// Estimates the bytes that solve_svm() takes beside x and y.
///   entries, targets  numbers of entries stored in x and in y
double solve_svm_bytes(double rows, double features, double labels, double entries, double targets);

}  // namespace spout
