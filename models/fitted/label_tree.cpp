#include "spout/models/fitted/label_tree.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/searchsorted.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/topk.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "spout/models/base/script.h"
#include "spout/sparse/layout/csr_builder.h"

namespace spout {
namespace {

/// The labels in order of their clusters.
struct Order {
  std::vector<int64_t> label;     // [L] the label at each position
  std::vector<int64_t> position;  // [L] the position of each label
};

Order order_of(const std::vector<int64_t>& cluster_of) {
  Order order;
  const size_t n = cluster_of.size();
  const int64_t clusters = n == 0 ? 0 : *std::max_element(cluster_of.begin(), cluster_of.end()) + 1;
  std::vector<int64_t> next(static_cast<size_t>(clusters) + 1);  // where each cluster begins
  for (const int64_t cluster : cluster_of)
    ++next[static_cast<size_t>(cluster) + 1];
  std::partial_sum(next.begin(), next.end(), next.begin());
  order.label.resize(n);
  order.position.resize(n);
  for (size_t label = 0; label < n; ++label) {
    const int64_t position = next[static_cast<size_t>(cluster_of[label])]++;
    order.position[label] = position;
    order.label[static_cast<size_t>(position)] = static_cast<int64_t>(label);
  }
  return order;
}

/// Moves every entry (i, j) of y to (i, column_of[j]); where several meet, the largest one stays.
Csr with_columns(const Csr& y, const std::vector<int64_t>& column_of, int64_t columns) {
  CsrBuilder result;
  std::vector<std::pair<int64_t, float>> row;
  for (int64_t i = 0; i < y.rows; ++i) {
    row.clear();
    const auto labels = y.row_columns(i);
    for (size_t j = 0; j < labels.size(); ++j)
      row.emplace_back(column_of[static_cast<size_t>(labels[j])], y.row_values(i)[j]);
    std::sort(row.begin(), row.end());
    for (size_t j = 0; j < row.size(); ++j) {
      if (j + 1 < row.size() && row[j + 1].first == row[j].first) continue;
      result.add(row[j].first, row[j].second);
    }
    result.end_row();
  }
  return result.finish(columns);
}

/// Where the nodes of each parent begin, [P + 1], if every label has one of each.
///   parent_of, node_of  [L]    nodes of a parent have ascending numbers that follow each other
std::vector<int64_t> begin_of_nodes(const std::vector<int64_t>& parent_of,
                                    const std::vector<int64_t>& node_of) {
  const auto most = parent_of.empty() ? -1 : *std::max_element(parent_of.begin(), parent_of.end());
  std::vector<int64_t> begin(static_cast<size_t>(most) + 2);
  for (size_t label = 0; label < node_of.size(); ++label) {
    int64_t& end = begin[static_cast<size_t>(parent_of[label]) + 1];
    end = std::max(end, node_of[label] + 1);
  }
  return begin;
}

/// What the buffers of a level are called. A tree of one level of clusters has "cluster", "begin"
/// and "label".
std::string level_name(size_t level, size_t cluster_levels) {
  if (level == cluster_levels) return "label";
  return level + 1 == cluster_levels ? "cluster" : "upper" + std::to_string(level);
}

std::string begin_name(size_t level, size_t cluster_levels) {
  return level == cluster_levels ? "begin" : "begin" + std::to_string(level);
}

/// svm_penalty() of every score.
at::Tensor penalties(const at::Tensor& scores) {
  return (1.0 - scores).clamp_min_(0.0).pow_(3);
}

}  // namespace

std::vector<int64_t> cluster_depths(int64_t depth) {
  constexpr int64_t kMostOfLevel = 5;
  if (depth <= kDeepestOfOneLevel) return {depth};
  const int64_t levels = (depth + kMostOfLevel - 1) / kMostOfLevel;
  std::vector<int64_t> depths;
  for (int64_t level = 1; level <= levels; ++level)
    depths.push_back((depth * level + levels - 1) / levels);
  return depths;
}

LabelTree::LabelTree(int64_t features, int64_t labels, int64_t depth, int64_t beam)
    : features_(features), labels_(labels), depths_(cluster_depths(depth)), beam_(beam) {
  TORCH_CHECK_VALUE(beam >= 1, "label tree: expected a beam of 1 or more, found ", beam);
  order_ = register_buffer("order", at::arange(labels));
  const size_t last = num_cluster_levels();
  levels_.resize(last + 1);
  for (size_t level = 1; level <= last; ++level)
    levels_[level].begin = register_buffer(begin_name(level, last), at::empty({0}, at::kLong));
  for (size_t level = 0; level <= last; ++level) {
    const std::string name = level_name(level, last);
    levels_[level].weight = {register_buffer(name + "_crow", at::zeros({features + 1}, at::kLong)),
                             register_buffer(name + "_column", at::empty({0}, at::kInt)),
                             register_buffer(name + "_weight", at::empty({0}, at::kFloat))};
  }
}

int64_t LabelTree::num_nodes(size_t level) const {
  return level == num_cluster_levels() ? labels_ : levels_[level + 1].begin.numel() - 1;
}

at::Tensor LabelTree::begin_of(size_t level) const {
  return level > 0 ? levels_[level].begin
                   : at::tensor({int64_t{0}, num_nodes(0)}, order_.options());
}

double LabelTree::fit(const Csr& x, const Csr& y, const TreeOptions& options) {
  // A tree of several levels is averaged with others, so that its small weights matter less. Halves
  // of like size keep its largest cluster small.
  constexpr double kSmallestOfMany = 0.1;
  constexpr double kLeastShareOfMany = 0.4;
  ClusterOptions clusters = options.clusters;
  SvmOptions svm = options.svm;
  clusters.depths = depths_;
  if (num_cluster_levels() > 1) {
    clusters.least_share = kLeastShareOfMany;
    svm.smallest = kSmallestOfMany;
  }
  std::vector<std::vector<int64_t>> node_of = cluster_labels(x, y, clusters);  // each label's
  const Order order = order_of(node_of.back());
  order_.copy_(at::tensor(order.label, at::kLong));
  node_of.push_back(order.position);
  double objective = 0.0;
  Csr parents;  // [n, P]
  for (size_t level = 1; level < node_of.size(); ++level) {
    levels_[level].begin.set_data(
        at::tensor(begin_of_nodes(node_of[level - 1], node_of[level]), order_.options()));
  }
  for (size_t level = 0; level < node_of.size(); ++level) {
    if (num_nodes(level) <= 1 && level < num_cluster_levels()) continue;
    Csr nodes = with_columns(y, node_of[level], num_nodes(level));
    TreeLevel& to = levels_[level];
    objective += is_below_root(level) ? fit_whole(to.weight, x, nodes, svm)
                                      : fit_inside(to, x, nodes, parents, svm);
    parents = std::move(nodes);
  }
  return objective;
}

bool LabelTree::is_below_root(size_t level) const {
  return level == 0 || num_nodes(level - 1) <= 1;
}

void LabelTree::descend(std::span<const int64_t> features, std::span<const float> values,
                        Workspace& workspace) const {
  auto& [scores, best, found] = workspace;
  best.assign({{0.0F, 1.0F, 0}});
  for (size_t level = 0; level < num_cluster_levels(); ++level) {
    if (num_nodes(level) <= 1) continue;
    found.clear();
    for (const Node& parent : best) {
      int64_t node = score_nodes(features, values, level, parent.index, workspace);
      for (const float score : scores) {
        if (score > static_cast<float>(kSvmBias)) {
          found.push_back({parent.penalty + svm_penalty(score), score, node});
        }
        ++node;
      }
    }
    const auto most = std::min(beam_, static_cast<int64_t>(found.size()));
    const auto is_before = [](const Node& a, const Node& b) {
      if (a.penalty != b.penalty) return a.penalty < b.penalty;
      return a.score != b.score ? a.score > b.score : a.index > b.index;
    };
    std::partial_sort(found.begin(), found.begin() + most, found.end(), is_before);
    best.assign(found.begin(), found.begin() + most);
  }
}

int64_t LabelTree::score_nodes(std::span<const int64_t> features, std::span<const float> values,
                               size_t level, int64_t parent, Workspace& workspace) const {
  int64_t first = 0;
  int64_t last = num_nodes(level);
  if (level > 0) {
    const auto* begin = levels_[level].begin.const_data_ptr<int64_t>() + parent;
    first = begin[0];
    last = begin[1];
  }
  workspace.scores.assign(static_cast<size_t>(last - first), static_cast<float>(kSvmBias));
  add_products(levels_[level].weight, features, values, first, workspace.scores);
  return first;
}

at::Tensor LabelTree::probabilities(const at::Tensor& x) const {
  at::Tensor penalty = at::zeros({x.size(0), 1}, levels_[0].weight.value.options());
  at::Tensor possible = at::ones_like(penalty, at::kBool);
  for (size_t level = 0; level < levels_.size(); ++level) {
    const bool are_clusters = level < num_cluster_levels();
    const int64_t nodes = num_nodes(level);
    if (nodes <= 1 && are_clusters) continue;
    const at::Tensor scores = products(x, levels_[level].weight, nodes) + kSvmBias;
    const at::Tensor parent = at::searchsorted(begin_of(level), at::arange(nodes, order_.options()),
                                               /*out_int32=*/false, /*right=*/true) -
                              1;
    penalty = penalties(scores).add_(penalty.index_select(1, parent));
    possible = (scores > kSvmBias).logical_and_(possible.index_select(1, parent));
    if (!are_clusters || beam_ >= nodes) continue;
    // Below the root penalties are in the order of scores, which differ where both penalties are 0.
    const at::Tensor key = at::where(possible, is_below_root(level) ? scores : -penalty,
                                     -std::numeric_limits<float>::infinity());
    const at::Tensor best = std::get<1>(at::topk(key, beam_, 1));
    possible.logical_and_(at::zeros_like(possible).scatter_(1, best, true));
  }
  const at::Tensor by_position = at::where(possible, penalty.neg_().exp_(), 0.0);
  return at::zeros_like(by_position).index_copy_(1, order_, by_position);
}

void LabelTree::write_script(Script& script, const std::string& name) const {
  const auto add = [&](const std::string& suffix, const at::Tensor& tensor) {
    return script.parameter(name + "_" + suffix, tensor);
  };
  const size_t last = num_cluster_levels();
  script.statement("m, c = self.tree_root(x)");
  for (size_t level = 0; level <= last; ++level) {
    const int64_t nodes = num_nodes(level);
    if (nodes <= 1 && level < last) continue;
    const CsrWeight& weight = levels_[level].weight;
    const std::string prefix = level_name(level, last);
    const std::string tensors = add(begin_name(level, last), begin_of(level)) + ", " +
                                add(prefix + "_crow", weight.crow) + ", " +
                                add(prefix + "_column", weight.column) + ", " +
                                add(prefix + "_weight", weight.value);
    script.statement("m, c = self.tree_level(x, m, c, " + tensors + ", " + std::to_string(nodes) +
                     ", " + std::to_string(level < last ? beam_ : nodes) + ")");
  }
  script.statement("p = p + self.tree_leaves(m, c, " + add("order", order_) + ")");
}

void LabelTree::check_tensors() const {
  TORCH_CHECK_VALUE(order_.dim() == 1 && order_.size(0) == labels_,
                    "label tree: expected each label in one place");
  const auto ascends = [](const at::Tensor& t) {
    return (t.slice(0, 1) >= t.slice(0, 0, t.size(0) - 1)).all().item<bool>();
  };
  for (size_t level = num_cluster_levels(); level > 0; --level) {
    TORCH_CHECK_VALUE(levels_[level].begin.dim() == 1 && levels_[level].begin.size(0) >= 1,
                      "label tree: no clusters");
    const at::Tensor begin = levels_[level].begin.cpu();
    const int64_t parents = begin.numel() - 1;
    TORCH_CHECK_VALUE(begin[0].item<int64_t>() == 0 &&
                          begin[parents].item<int64_t>() == num_nodes(level) && ascends(begin) &&
                          parents <= std::max<int64_t>(labels_, 1),
                      "label tree: the clusters' places are off");
  }
  TORCH_CHECK_VALUE(std::get<0>(order_.cpu().sort()).equal(at::arange(labels_)),
                    "label tree: expected each label in one place");
  for (size_t level = 0; level < levels_.size(); ++level)
    check_weight(levels_[level].weight, features_, num_nodes(level));
}

}  // namespace spout
