#include "spout/models/fitted/label_tree.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/searchsorted.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/topk.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <numeric>

#include "spout/models/base/script.h"
#include "spout/sparse/base/sorted_range.h"
#include "spout/sparse/decode/decode.h"
#include "spout/sparse/layout/csr_builder.h"

namespace spout {
namespace {

/// The labels in order of their clusters.
struct Order {
  std::vector<int64_t> label;     // [L] the label at each position
  std::vector<int64_t> begin;     // [C + 1] where each cluster begins
  std::vector<int64_t> position;  // [L] the position of each label
};

Order order_of(const std::vector<int64_t>& cluster_of) {
  Order order;
  const size_t n = cluster_of.size();
  const int64_t clusters = n == 0 ? 0 : *std::max_element(cluster_of.begin(), cluster_of.end()) + 1;
  order.begin.resize(static_cast<size_t>(clusters) + 1);
  for (const int64_t cluster : cluster_of)
    ++order.begin[static_cast<size_t>(cluster) + 1];
  std::partial_sum(order.begin.begin(), order.begin.end(), order.begin.begin());
  std::vector<int64_t> next(order.begin.begin(), order.begin.end() - 1);
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

/// The columns [begin, end) of some rows, renumbered from 0.
Csr cut(const Csr& y, std::span<const int64_t> rows, int64_t begin, int64_t end) {
  CsrBuilder result;
  for (const int64_t row : rows) {
    const auto columns = y.row_columns(row);
    const auto [first, count] = sorted_range(columns, begin, end);
    for (int64_t i = first; i < first + count; ++i) {
      const auto entry = static_cast<size_t>(i);
      result.add(columns[entry] - begin, y.row_values(row)[entry]);
    }
    result.end_row();
  }
  return result.finish(end - begin);
}

/// Solves the SVMs of all labels, those of a cluster on the rows of that cluster alone.
///   y           [n, L], columns in the order of `order`
///   y_clusters  [n, C]
///   returns weights [L, D], in the same order
SvmWeights solve_inside(const Csr& x, const Csr& y, const Csr& y_clusters, const Order& order,
                        const SvmOptions& options) {
  const Csr by_cluster = transpose(y_clusters);
  std::vector<SvmWeights> parts(static_cast<size_t>(by_cluster.rows));
  std::atomic<int64_t> next{0};  // clusters differ in size, so each thread takes the next one
  at::parallel_for(0, at::get_num_threads(), 1, [&](int64_t /*first*/, int64_t /*last*/) {
    for (int64_t c = next++; c < by_cluster.rows; c = next++) {
      const auto cluster = static_cast<size_t>(c);
      const auto rows = by_cluster.row_columns(c);
      const Csr targets = cut(y, rows, order.begin[cluster], order.begin[cluster + 1]);
      parts[cluster] = solve_svm(gather_rows(x, rows), targets, options);
    }
  });
  SvmWeights all;
  CsrStack stack(x.cols);
  for (SvmWeights& part : parts) {
    all.objective += part.objective;
    stack.append(part.weight);
    part.weight = Csr{};
  }
  all.weight = stack.finish();
  return all;
}

/// svm_penalty() of every score.
at::Tensor penalties(const at::Tensor& scores) {
  return (1.0 - scores).clamp_min_(0.0).pow_(3);
}

}  // namespace

LabelTree::LabelTree(int64_t features, int64_t labels, int64_t beam)
    : features_(features), labels_(labels), beam_(beam) {
  TORCH_CHECK_VALUE(beam >= 1, "label tree: expected a beam of 1 or more, found ", beam);
  order_ = register_buffer("order", at::arange(labels));
  begin_ = register_buffer("begin", at::empty({0}, at::kLong));
  const auto make = [&](const std::string& name) {
    return CsrWeight{register_buffer(name + "_crow", at::zeros({features + 1}, at::kLong)),
                     register_buffer(name + "_column", at::empty({0}, at::kInt)),
                     register_buffer(name + "_weight", at::empty({0}, at::kFloat))};
  };
  cluster_ = make("cluster");
  label_ = make("label");
}

double LabelTree::fit(const Csr& x, const Csr& y, const TreeOptions& options) {
  const std::vector<int64_t> cluster_of = cluster_labels(x, y, options.clusters);
  const Order order = order_of(cluster_of);
  order_.copy_(at::tensor(order.label, at::kLong));
  begin_.set_data(at::tensor(order.begin, order_.options()));
  const Csr by_position = with_columns(y, order.position, y.cols);
  if (num_clusters() <= 1) {
    const SvmWeights labels = solve_svm(x, by_position, options.svm);
    set_weight(label_, transpose(labels.weight));
    return labels.objective;
  }
  const Csr y_clusters = with_columns(y, cluster_of, num_clusters());
  const SvmWeights clusters = solve_svm(x, y_clusters, options.svm);
  set_weight(cluster_, transpose(clusters.weight));
  const SvmWeights labels = solve_inside(x, by_position, y_clusters, order, options.svm);
  set_weight(label_, transpose(labels.weight));
  return clusters.objective + labels.objective;
}

void LabelTree::choose_clusters(std::span<const int64_t> features, std::span<const float> values,
                                Workspace& workspace) const {
  auto& best = workspace.best;
  best.clear();
  const int64_t clusters = num_clusters();
  if (clusters == 1) {
    best.emplace_back(1.0F, 0);
    return;
  }
  workspace.clusters.assign(static_cast<size_t>(clusters), static_cast<float>(kSvmBias));
  add_products(cluster_, features, values, 0, workspace.clusters);
  for (int64_t c = 0; c < clusters; ++c) {
    const float score = workspace.clusters[static_cast<size_t>(c)];
    if (score > static_cast<float>(kSvmBias)) best.emplace_back(score, c);
  }
  const auto most = std::min(beam_, static_cast<int64_t>(best.size()));
  std::partial_sort(best.begin(), best.begin() + most, best.end(), std::greater<>());
  best.resize(static_cast<size_t>(most));
}

void LabelTree::score_labels(std::span<const int64_t> features, std::span<const float> values,
                             int64_t cluster, Workspace& workspace) const {
  const auto* begin = begin_.const_data_ptr<int64_t>() + cluster;
  workspace.labels.assign(static_cast<size_t>(begin[1] - begin[0]), static_cast<float>(kSvmBias));
  add_products(label_, features, values, begin[0], workspace.labels);
}

at::Tensor LabelTree::probabilities(const at::Tensor& x) const {
  const at::Tensor scores = products(x, label_, order_.size(0)) + kSvmBias;
  at::Tensor penalty = penalties(scores);
  at::Tensor possible = scores > kSvmBias;
  if (num_clusters() > 1) {
    const at::Tensor of_cluster = products(x, cluster_, num_clusters()) + kSvmBias;
    const auto best = std::get<1>(at::topk(of_cluster, std::min(beam_, num_clusters()), 1));
    const at::Tensor chosen = at::zeros_like(of_cluster, at::kBool)
                                  .scatter_(1, best, true)
                                  .logical_and_(of_cluster > kSvmBias);
    const at::Tensor cluster =
        at::searchsorted(begin_, at::arange(order_.size(0), order_.options()), /*out_int32=*/false,
                         /*right=*/true) -
        1;
    penalty.add_(penalties(of_cluster).index_select(1, cluster));
    possible.logical_and_(chosen.index_select(1, cluster));
  }
  const at::Tensor by_position = at::where(possible, penalty.neg_().exp_(), 0.0);
  return at::zeros_like(by_position).index_copy_(1, order_, by_position);
}

void LabelTree::write_script(Script& script, const std::string& name) const {
  const auto add = [&](const char* suffix, const at::Tensor& tensor) {
    return script.parameter(name + suffix, tensor);
  };
  const auto weight = [&](const std::string& which, const CsrWeight& w) {
    return add((which + "_crow").c_str(), w.crow) + ", " +
           add((which + "_column").c_str(), w.column) + ", " +
           add((which + "_weight").c_str(), w.value);
  };
  script.statement("p = p + self.tree_probabilities(x, " + add("_order", order_) + ", " +
                   add("_begin", begin_) + ", " + weight("_cluster", cluster_) + ", " +
                   weight("_label", label_) + ", " + std::to_string(beam_) + ")");
}

void LabelTree::check_tensors() const {
  TORCH_CHECK_VALUE(order_.dim() == 1 && order_.size(0) == labels_,
                    "label tree: expected each label in one place");
  TORCH_CHECK_VALUE(begin_.dim() == 1 && begin_.size(0) >= 1, "label tree: no clusters");
  const at::Tensor begin = begin_.cpu();
  const int64_t clusters = num_clusters();
  const auto ascends = [](const at::Tensor& t) {
    return (t.slice(0, 1) >= t.slice(0, 0, t.size(0) - 1)).all().item<bool>();
  };
  TORCH_CHECK_VALUE(begin[0].item<int64_t>() == 0 && begin[clusters].item<int64_t>() == labels_ &&
                        ascends(begin) && clusters <= std::max<int64_t>(labels_, 1),
                    "label tree: the clusters' places are off");
  TORCH_CHECK_VALUE(std::get<0>(order_.cpu().sort()).equal(at::arange(labels_)),
                    "label tree: expected each label in one place");
  check_weight(cluster_, features_, clusters);
  check_weight(label_, features_, labels_);
}

}  // namespace spout
