// One level of a label tree: its nodes stand for clusters of labels or for labels, and each has an
// SVM that learns only to tell it from the other rows of its parent.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "spout/models/fitted/dual_svm.h"
#include "spout/models/outputs/csr_weight.h"
#include "spout/sparse/layout/csr.h"

namespace spout {

/// The nodes of one parent have numbers that follow each other.
struct TreeLevel {
  at::Tensor begin;  // [P + 1] i64, where the nodes of each of the P parents begin
  CsrWeight weight;  // [D, C] of the C nodes
};

/// Solves the SVMs of all nodes of a level, those of a parent on its rows alone.
///   x        [n, D] features
///   y        [n, C] the nodes that each row belongs to
///   parents  [n, P] the parents among whose rows each row is
///   level    whose `begin` is given, and which receives the weights
///   returns the sum of the objectives (see SvmWeights)
double fit_inside(TreeLevel& level, const Csr& x, const Csr& y, const Csr& parents,
                  const SvmOptions& options);

/// Does so for a level whose nodes all have the same parent, to which every row belongs.
double fit_whole(CsrWeight& weight, const Csr& x, const Csr& y, const SvmOptions& options);

}  // namespace spout
