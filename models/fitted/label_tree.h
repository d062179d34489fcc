// Linear SVMs in a tree of two levels: one for each cluster of labels, and one for each label,
// which learns only to tell the label from the other rows of its cluster. A row's labels are scored
// in its best clusters only. With a single cluster there is one SVM for every label, against all
// rows.
//   p(label) = p(cluster) p(label | cluster), each exp(-max(0, 1 - s)^3) of an SVM's score s;
//   p = 0 in clusters that are not among the best, and for labels whose product x w is not above 0
// Sources: Prabhu et al., "Parabel" (WWW 2018) and Khandagale et al., "Bonsai" (Machine Learning
// 2020) for the tree; Yu et al., "PECOS" (JMLR 2022) for the cube, which ranks better than their
// square; dual_svm.h for the SVMs.
#pragma once

#include <torch/nn/module.h>

#include <cmath>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "spout/models/fitted/dual_svm.h"
#include "spout/models/fitted/label_clusters.h"
#include "spout/models/outputs/csr_weight.h"

namespace spout {

class Script;

struct TreeOptions {
  ClusterOptions clusters;
  SvmOptions svm;
};

class LabelTree : public torch::nn::Module {
 public:
  /// Makes a tree without weights.
  ///   beam  the number of clusters in which a row's labels are scored
  LabelTree(int64_t features, int64_t labels, int64_t beam);

  /// Finds the clusters and solves all SVMs; returns the sum of their objectives (see SvmWeights).
  double fit(const Csr& x, const Csr& y, const TreeOptions& options);

  /// The buffers of add_probabilities(), for a caller that keeps them from row to row.
  struct Workspace {
    std::vector<float> clusters;                  // scores of all clusters
    std::vector<float> labels;                    // scores of one cluster's labels
    std::vector<std::pair<float, int64_t>> best;  // best clusters and their scores, descending
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
  /// Puts the best of the clusters whose product x w is above 0 into workspace.best.
  void choose_clusters(std::span<const int64_t> features, std::span<const float> values,
                       Workspace& workspace) const;
  /// Puts the scores of a cluster's labels into workspace.labels.
  void score_labels(std::span<const int64_t> features, std::span<const float> values,
                    int64_t cluster, Workspace& workspace) const;

  int64_t num_clusters() const { return begin_.numel() - 1; }

  int64_t features_;
  int64_t labels_;
  int64_t beam_;
  at::Tensor order_;   // [L] i64, the labels in order of their clusters
  at::Tensor begin_;   // [C + 1] i64, where each cluster begins in order_
  CsrWeight cluster_;  // [D, C]; no entries where there is a single cluster
  CsrWeight label_;    // [D, L], columns in the order of order_
};

/// -log of the probability that a score stands for.
inline float svm_penalty(float score) {
  const float missing = score < 1.0F ? 1.0F - score : 0.0F;
  return missing * missing * missing;
}

template <class Add>
void LabelTree::add_probabilities(std::span<const int64_t> features, std::span<const float> values,
                                  Workspace& workspace, const Add& add) const {
  choose_clusters(features, values, workspace);
  const auto* order = order_.const_data_ptr<int64_t>();
  const auto* begin = begin_.const_data_ptr<int64_t>();
  for (const auto& [cluster_score, cluster] : workspace.best) {
    const float penalty = svm_penalty(cluster_score);
    score_labels(features, values, cluster, workspace);
    const int64_t* label = order + begin[cluster];
    for (const float score : workspace.labels) {
      if (score > static_cast<float>(kSvmBias)) {
        add(*label, std::exp(-penalty - svm_penalty(score)));
      }
      ++label;
    }
  }
}

}  // namespace spout
