// Linear SVMs in a tree of labels: one for each cluster of labels, which learns only to tell it
// from the other rows of its parent, and so on down to one for each label. A row's way down begins
// at the root and goes on below the best clusters of each level only (beam search). With a single
// cluster there is one SVM for every label, against all rows.
//   p(label) = product over the way from the root of exp(-max(0, 1 - s)^3) of an SVM's score s;
//   p = 0 below clusters that are not among the best, and where a product x w is not above 0
// Few and wide levels rank better, but one level costs rows x clusters (see cluster_depths()).
// Sources: Prabhu et al., "Parabel" (WWW 2018) and Khandagale et al., "Bonsai" (Machine Learning
// 2020) for the tree; Yu et al., "PECOS" (JMLR 2022) for the cube, which ranks better than their
// square; dual_svm.h for the SVMs.
#pragma once

#include <torch/nn/module.h>

#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "spout/models/fitted/dual_svm.h"
#include "spout/models/fitted/label_clusters.h"
#include "spout/models/fitted/tree_level.h"

namespace spout {

class Script;

struct TreeOptions {
  ClusterOptions clusters;  // but for the depths
  SvmOptions svm;
};

/// The depth up to which all clusters of a tree are one level.
inline constexpr int64_t kDeepestOfOneLevel = 9;

/// The depths at which a tree of some depth has levels of clusters (ClusterOptions::depths). More
/// clusters than one level has are divided evenly, with at most 2^5 to a parent.
std::vector<int64_t> cluster_depths(int64_t depth);

class LabelTree : public torch::nn::Module {
 public:
  /// Makes a tree without weights.
  ///   depth  the most clusters of labels are 2^depth
  ///   beam   the number of clusters of a level below which a row's way goes on
  LabelTree(int64_t features, int64_t labels, int64_t depth, int64_t beam);

  /// Finds the clusters and solves all SVMs; returns the sum of their objectives (see SvmWeights).
  double fit(const Csr& x, const Csr& y, const TreeOptions& options);

  /// A node that a row's way has come to.
  struct Node {
    float penalty;  // -log of its probability
    float score;    // of its own SVM
    int64_t index;  // in its level
  };

  /// The buffers of add_probabilities(), for a caller that keeps them from row to row.
  struct Workspace {
    std::vector<float> scores;  // of the nodes of one parent
    std::vector<Node> best;     // of the level that the row's way has come to
    std::vector<Node> found;    // of the level below
  };

  /// Calls add(label, p) for every label of a row with p > 0, in host memory.
  ///   features, values  the entries of the row
  template <class Add>
  void add_probabilities(std::span<const int64_t> features, std::span<const float> values,
                         Workspace& workspace, const Add& add) const;

  /// The probabilities of all labels for many rows, by torch's operators and on any device.
  ///   x [n, D] torch.sparse_csr    returns [n, L]
  at::Tensor probabilities(const at::Tensor& x) const;

  /// Writes a TorchScript statement that adds the probabilities of the rows `x` to `p`.
  ///   name  begins the names of this tree's tensors
  void write_script(Script& script, const std::string& name) const;

  /// Throws ValueError or IndexError unless the tensors fit together. A damaged file can hold
  /// tensors that do not.
  void check_tensors() const;

 private:
  /// Puts the best clusters of the last level of clusters into workspace.best.
  void descend(std::span<const int64_t> features, std::span<const float> values,
               Workspace& workspace) const;
  /// Puts the scores of a parent's nodes into workspace.scores; returns the first one's number.
  int64_t score_nodes(std::span<const int64_t> features, std::span<const float> values,
                      size_t level, int64_t parent, Workspace& workspace) const;

  /// Whether all nodes of a level have the same parent.
  bool is_below_root(size_t level) const;
  /// Where the nodes of each parent begin in a level, [P + 1] i64.
  at::Tensor begin_of(size_t level) const;
  /// The number of the levels of clusters; levels_ has the labels' as well.
  size_t num_cluster_levels() const { return depths_.size(); }
  int64_t num_nodes(size_t level) const;

  int64_t features_;
  int64_t labels_;
  std::vector<int64_t> depths_;  // of the levels of clusters, see ClusterOptions
  int64_t beam_;
  at::Tensor order_;  // [L] i64, the labels in order of their clusters
  // Without weights where a level has a single cluster. The first one's `begin` is undefined: all
  // its nodes have the root as their parent. The last one's nodes are the labels in order of
  // order_.
  std::vector<TreeLevel> levels_;
};

/// -log of the probability that a score stands for.
inline float svm_penalty(float score) {
  const float missing = score < 1.0F ? 1.0F - score : 0.0F;
  return missing * missing * missing;
}

template <class Add>
void LabelTree::add_probabilities(std::span<const int64_t> features, std::span<const float> values,
                                  Workspace& workspace, const Add& add) const {
  const size_t level = num_cluster_levels();
  descend(features, values, workspace);
  const auto* order = order_.const_data_ptr<int64_t>();
  for (const Node& cluster : workspace.best) {
    const int64_t* label = order + score_nodes(features, values, level, cluster.index, workspace);
    for (const float score : workspace.scores) {
      if (score > static_cast<float>(kSvmBias)) {
        add(*label, std::exp(-cluster.penalty - svm_penalty(score)));
      }
      ++label;
    }
  }
}

}  // namespace spout
