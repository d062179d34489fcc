#include "spout/models/fitted/label_clusters.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <span>
#include <utility>

#include "spout/sparse/base/random.h"

namespace spout {
namespace {

/// Adds sparse rows up in a dense row and remembers which columns they touch.
class SparseSum {
 public:
  explicit SparseSum(int64_t width) : sum_(static_cast<size_t>(width)) {}

  void add(std::span<const int64_t> columns, std::span<const float> values) {
    for (size_t i = 0; i < columns.size(); ++i) {
      float& sum = sum_[static_cast<size_t>(columns[i])];
      if (sum == 0.0F) touched_.push_back(columns[i]);
      sum += values[i];
    }
  }

  float dot(std::span<const int64_t> columns, std::span<const float> values) const {
    float result = 0.0F;
    for (size_t i = 0; i < columns.size(); ++i)
      result += sum_[static_cast<size_t>(columns[i])] * values[i];
    return result;
  }

  void scale_to_unit() {
    double squares = 0.0;
    for_each([&](int64_t /*column*/, float& sum) { squares += static_cast<double>(sum) * sum; });
    if (squares == 0.0) return;
    const auto factor = static_cast<float>(1.0 / std::sqrt(squares));
    for_each([&](int64_t /*column*/, float& sum) { sum *= factor; });
  }

  void clear() {
    for (const int64_t column : touched_)
      sum_[static_cast<size_t>(column)] = 0.0F;
    touched_.clear();
  }

  /// Calls body(column, sum) for every column once, ascending.
  template <class Body>
  void for_each(const Body& body) {
    std::sort(touched_.begin(), touched_.end());
    touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
    for (const int64_t column : touched_)
      body(column, sum_[static_cast<size_t>(column)]);
  }

 private:
  std::vector<float> sum_;
  std::vector<int64_t> touched_;
};

/// What describes a label: the largest entries of the sum of its rows, scaled to length one.
struct Description {
  std::vector<int64_t> feature;
  std::vector<float> value;
};

/// The description made of the `most` largest entries of a sum.
Description describe(SparseSum& sum, int64_t most) {
  std::vector<std::pair<float, int64_t>> entries;
  sum.for_each([&](int64_t feature, float value) { entries.emplace_back(-value, feature); });
  const auto kept = std::min(static_cast<size_t>(most), entries.size());
  std::partial_sort(entries.begin(), entries.begin() + static_cast<int64_t>(kept), entries.end());
  entries.resize(kept);
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.second < b.second; });
  Description result;
  double squares = 0.0;
  for (const auto& [value, feature] : entries)
    squares += static_cast<double>(value) * value;
  if (squares == 0.0) return result;  // the features are zeros, or cancel
  for (const auto& [value, feature] : entries) {
    result.feature.push_back(feature);
    result.value.push_back(-value / static_cast<float>(std::sqrt(squares)));
  }
  return result;
}

std::vector<Description> describe_labels(const Csr& x, const Csr& y, int64_t most) {
  const Csr by_label = transpose(y);
  std::vector<Description> labels(static_cast<size_t>(y.cols));
  constexpr int64_t kGrain = 256;
  at::parallel_for(0, y.cols, kGrain, [&](int64_t begin, int64_t end) {
    SparseSum sum(x.cols);
    for (int64_t label = begin; label < end; ++label) {
      for (const int64_t row : by_label.row_columns(label))
        sum.add(x.row_columns(row), x.row_values(row));
      labels[static_cast<size_t>(label)] = describe(sum, most);
      sum.clear();
    }
  });
  return labels;
}

using Labels = std::vector<int64_t>;

/// Halves sets of labels by spherical 2-means.
class Halving {
 public:
  Halving(const std::vector<Description>& all, int64_t features, const ClusterOptions& options)
      : all_(all), options_(options), centers_{SparseSum(features), SparseSum(features)} {}

  /// Halves one set; one of the halves may come out empty.
  ///   labels  two or more    node  selects the random numbers
  std::array<Labels, 2> run(const Labels& labels, uint64_t node) {
    const auto size = static_cast<int64_t>(labels.size());
    const int64_t first = draw(node, 0, size);
    const int64_t second = (first + 1 + draw(node, 1, size - 1)) % size;
    std::array<Labels, 2> halves{Labels{labels[static_cast<size_t>(first)]},
                                 Labels{labels[static_cast<size_t>(second)]}};
    for (int64_t i = 0; i < options_.iterations; ++i) {
      for (const size_t half : {0, 1})
        set_center(centers_[half], halves[half]);
      std::array<Labels, 2> next = split(labels);
      const bool same = next == halves;
      halves = std::move(next);
      if (same || halves[0].empty() || halves[1].empty()) break;
    }
    return halves;
  }

 private:
  int64_t draw(uint64_t node, uint64_t index, int64_t below) const {
    return random_below(options_.seed, RandomStream::kClusters, node, index, below);
  }

  void set_center(SparseSum& center, const Labels& labels) const {
    center.clear();
    for (const int64_t label : labels) {
      const Description& d = all_[static_cast<size_t>(label)];
      center.add(d.feature, d.value);
    }
    center.scale_to_unit();
  }

  std::array<Labels, 2> split(const Labels& labels) const {
    std::array<Labels, 2> halves;
    for (const int64_t label : labels) {
      const Description& d = all_[static_cast<size_t>(label)];
      const bool first = centers_[0].dot(d.feature, d.value) >= centers_[1].dot(d.feature, d.value);
      halves[first ? 0 : 1].push_back(label);
    }
    return halves;
  }

  const std::vector<Description>& all_;
  const ClusterOptions& options_;
  std::array<SparseSum, 2> centers_;
};

/// Halves every set; sets of one label stay as they are.
std::vector<Labels> halve_all(const std::vector<Labels>& sets, uint64_t first_node,
                              const std::vector<Description>& labels, int64_t features,
                              const ClusterOptions& options) {
  std::vector<std::array<Labels, 2>> halves(sets.size());
  std::atomic<size_t> next{0};  // sets differ in size, so each thread takes the next one
  at::parallel_for(0, at::get_num_threads(), 1, [&](int64_t /*first*/, int64_t /*last*/) {
    Halving halving(labels, features, options);
    for (size_t i = next++; i < sets.size(); i = next++) {
      if (sets[i].size() > 1) {
        halves[i] = halving.run(sets[i], first_node + i);
      } else {
        halves[i][0] = sets[i];
      }
    }
  });
  std::vector<Labels> result;
  for (std::array<Labels, 2>& pair : halves) {
    for (Labels& half : pair)
      if (!half.empty()) result.push_back(std::move(half));
  }
  return result;
}

}  // namespace

double describe_labels_bytes(double labels) {
  constexpr double kEntry = 12;  // bytes of an index and a value
  return labels * static_cast<double>(ClusterOptions{}.features) * kEntry;
}

std::vector<int64_t> cluster_labels(const Csr& x, const Csr& y, const ClusterOptions& options) {
  std::vector<Labels> clusters(1);
  for (int64_t label = 0; label < y.cols; ++label)
    clusters[0].push_back(label);
  if (options.depth > 0) {
    const std::vector<Description> labels = describe_labels(x, y, options.features);
    uint64_t node = 1;
    for (int64_t level = 0; level < options.depth; ++level) {
      const uint64_t first_node = node;
      node += clusters.size();
      clusters = halve_all(clusters, first_node, labels, x.cols, options);
    }
  }
  std::vector<int64_t> cluster_of(static_cast<size_t>(y.cols));
  for (size_t cluster = 0; cluster < clusters.size(); ++cluster) {
    for (const int64_t label : clusters[cluster])
      cluster_of[static_cast<size_t>(label)] = static_cast<int64_t>(cluster);
  }
  return cluster_of;
}

}  // namespace spout
