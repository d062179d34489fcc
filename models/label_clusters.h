// Groups of labels that occur in similar rows: the inner nodes of a label tree.
#pragma once

#include <cstdint>
#include <vector>

#include "sparse/layout/csr.h"

namespace spout {

struct ClusterOptions {
  int64_t depth = 9;        // 2^depth clusters at most
  int64_t features = 256;   // of a label's description, the largest ones
  int64_t iterations = 12;  // of 2-means, at most
  uint64_t seed = 1;        // of the two labels that each halving begins with
};

/// Describes each label by the sum of its rows' features, scaled to length one, and halves the set
/// of labels again and again by spherical 2-means. Halves are of whatever size they come out:
/// evenly sized ones predict worse.
///   x  [n, D] features    y  [n, L] targets
///   returns the cluster of each label [L], numbered from 0 without gaps
/// Source: Prabhu et al., "Parabel" (WWW 2018), section 4.1; without its balance, Khandagale et
/// al., "Bonsai" (Machine Learning 2020).
std::vector<int64_t> cluster_labels(const Csr& x, const Csr& y, const ClusterOptions& options);

/// Bytes that their descriptions take at most.
double describe_labels_bytes(double labels);

}  // namespace spout
