// Linear SVMs in a tree of two levels: some for clusters of labels, and for each label one that has
// only learned to tell it from the other rows of its cluster. A row is looked at in its best
// clusters only. With a single cluster this is one SVM for every label against all rows.
//   p(label) = p(cluster) p(label | cluster), each exp(-max(0, 1 - s)^3) of an SVM's score s;
//   0 in clusters that were not looked at, and for labels for which no feature speaks
// Sources: Prabhu et al., "Parabel" (WWW 2018) and Khandagale et al., "Bonsai" (Machine Learning
// 2020) for the tree; Yu et al., "PECOS" (JMLR 2022) for the cube, which ranks better than their
// square; losses/dual_svm.h for the SVMs.
#pragma once

#include <torch/nn/module.h>

#include <cmath>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "losses/dual_svm.h"
#include "models/csr_weight.h"
#include "models/label_clusters.h"

namespace spout {

class Script;

struct TreeOptions {
  ClusterOptions clusters;
  SvmOptions svm;
};

class LabelTree : public torch::nn::Module {
 public:
  /// beam  clusters in which a row is looked at
  LabelTree(int64_t features, int64_t labels, int64_t beam);

  /// Works out clusters and weights. Returns the objective (see SvmWeights) of all SVMs together.
  double fit(const Csr& x, const Csr& y, const TreeOptions& options);

  /// What add_probabilities() works in, to be used again and again.
  struct Workspace {
    std::vector<float> clusters;  // scores
    std::vector<float> labels;
    std::vector<std::pair<float, int64_t>> best;  // clusters, with their scores, the best first
  };

  /// Calls add(label, p) for every label of a row with p > 0; in host memory.
  ///   features, values  the row
  template <class Add>
  void add_probabilities(std::span<const int64_t> features, std::span<const float> values,
                         Workspace& workspace, const Add& add) const;

  /// The same for all rows by torch's operators, on any device.
  ///   x [n, D] torch.sparse_csr    returns [n, L]
  at::Tensor probabilities(const at::Tensor& x) const;

  /// The same as a statement: adds them to `p`, given `x`, of a script.
  ///   name  of this tree's tensors
  void write_script(Script& script, const std::string& name) const;

  /// Throws ValueError or IndexError unless the tensors fit together, as those of a file may not.
  void check_tensors() const;

 private:
  /// The best clusters for which a feature speaks, into workspace.best.
  void choose_clusters(std::span<const int64_t> features, std::span<const float> values,
                       Workspace& workspace) const;
  /// Scores of a cluster's labels, into workspace.labels.
  void score_labels(std::span<const int64_t> features, std::span<const float> values,
                    int64_t cluster, Workspace& workspace) const;

  int64_t num_clusters() const { return begin_.numel() - 1; }

  int64_t features_;
  int64_t labels_;
  int64_t beam_;
  at::Tensor order_;   // [L] i64, the label at each place; places go cluster by cluster
  at::Tensor begin_;   // [C + 1] i64, where a cluster's places begin
  CsrWeight cluster_;  // [D, C]; of a single cluster no entries
  CsrWeight label_;    // [D, L], by place
};

/// -log of the probability that a score means.
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
