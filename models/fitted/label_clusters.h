// Clusters of labels that occur in similar rows: the inner nodes of a label tree.
#pragma once

#include <cstdint>
#include <vector>

#include "spout/sparse/layout/csr.h"

namespace spout {

struct ClusterOptions {
  // How often the labels have been halved where each level of clusters is taken, ascending: a level
  // at depth d has at most 2^d clusters.
  std::vector<int64_t> depths{9};
  int64_t features = 256;    // largest entries kept of a label's description
  int64_t iterations = 12;   // of 2-means, at most
  double least_share = 0.0;  // of the labels of a set that each half has; at most 0.5
  uint64_t seed = 1;         // of the two labels that each halving begins with
};

/// Clusters the labels. Each label is described by the sum of its rows' features, scaled to length
/// one; the set of labels is halved again and again by spherical 2-means. Halves keep the size that
/// they come out with, since evenly sized ones predict worse, as long as each has its least share.
///   x  [n, D] features    y  [n, L] targets
///   returns for each level the cluster of each label [L], numbered from 0 without gaps; the parts
///           of a cluster have ascending numbers that follow each other in the next level
///   source  Prabhu et al., "Parabel" (WWW 2018), section 4.1; Khandagale et al., "Bonsai" (Machine
///           Learning 2020) for halves that are not balanced
std::vector<std::vector<int64_t>> cluster_labels(const Csr& x, const Csr& y,
                                                 const ClusterOptions& options);

/// The largest number of bytes that the descriptions of the labels take.
double describe_labels_bytes(double labels);

}  // namespace spout
