#include "spout/models/fitted/label_clusters.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>

#include "spout/sparse/base/random.h"

namespace spout {
namespace {

/// Adds sparse rows up in a dense row and remembers which columns they touch.
class SparseSum {
 public:
  explicit SparseSum(int64_t width)
      : sum_(static_cast<size_t>(width)), is_touched_(static_cast<size_t>(width)) {}

  void add(std::span<const int64_t> columns, std::span<const float> values) {
    for (size_t i = 0; i < columns.size(); ++i)
      touch(columns[i]) += values[i];
  }

  float dot(std::span<const int64_t> columns, std::span<const float> values) const {
    float result = 0.0F;
    for (size_t i = 0; i < columns.size(); ++i)
      result += sum_[static_cast<size_t>(columns[i])] * values[i];
    return result;
  }

  /// The length of the sum.
  float norm() const {
    double squares = 0.0;
    for (const int64_t column : touched_) {
      const auto value = static_cast<double>(sum_[static_cast<size_t>(column)]);
      squares += value * value;
    }
    return static_cast<float>(std::sqrt(squares));
  }

  /// Multiplies the sum by `factor` and subtracts another one, times `of_other`.
  void combine(float factor, const SparseSum& other, float of_other) {
    for (const int64_t column : touched_)
      sum_[static_cast<size_t>(column)] *= factor;
    for (const int64_t column : other.touched_)
      touch(column) -= of_other * other.sum_[static_cast<size_t>(column)];
  }

  void clear() {
    for (const int64_t column : touched_) {
      sum_[static_cast<size_t>(column)] = 0.0F;
      is_touched_[static_cast<size_t>(column)] = false;
    }
    touched_.clear();
  }

  /// Calls body(column, sum) for every column that is not 0, ascending.
  template <class Body>
  void for_each(const Body& body) {
    std::sort(touched_.begin(), touched_.end());
    for (const int64_t column : touched_) {
      const float sum = sum_[static_cast<size_t>(column)];
      if (sum != 0.0F) body(column, sum);
    }
  }

 private:
  float& touch(int64_t column) {
    const auto place = static_cast<size_t>(column);
    if (!is_touched_[place]) touched_.push_back(column);
    is_touched_[place] = true;
    return sum_[place];
  }

  std::vector<float> sum_;
  std::vector<char> is_touched_;
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
      : all_(all), options_(options), sums_{SparseSum(features), SparseSum(features)} {}

  /// Halves one set; one of the halves may come out empty.
  ///   labels  two or more    node  selects the random numbers
  std::array<Labels, 2> run(const Labels& labels, uint64_t node) {
    const auto size = static_cast<int64_t>(labels.size());
    const int64_t first = draw(node, 0, size);
    const int64_t second = (first + 1 + draw(node, 1, size - 1)) % size;
    std::array<Labels, 2> halves{Labels{labels[static_cast<size_t>(first)]},
                                 Labels{labels[static_cast<size_t>(second)]}};
    for (int64_t i = 0; i < options_.iterations; ++i) {
      set_centers(halves);
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

  /// Sets the difference of the centers, each scaled to length one, that the halves have now.
  void set_centers(const std::array<Labels, 2>& halves) {
    std::array<float, 2> factor{};
    for (const size_t half : {0, 1}) {
      sums_[half].clear();
      for (const int64_t label : halves[half]) {
        const Description& d = all_[static_cast<size_t>(label)];
        sums_[half].add(d.feature, d.value);
      }
      const float norm = sums_[half].norm();
      factor[half] = norm > 0.0F ? 1.0F / norm : 0.0F;
    }
    sums_[0].combine(factor[0], sums_[1], factor[1]);
  }

  /// Splits labels by the center that is nearer; moves those that are nearly as near to the other
  /// one where a half would come out too small.
  std::array<Labels, 2> split(const Labels& labels) {
    nearness_.clear();
    int64_t first = 0;  // how many are in the first half
    for (const int64_t label : labels) {
      const Description& d = all_[static_cast<size_t>(label)];
      nearness_.push_back(sums_[0].dot(d.feature, d.value));
      first += static_cast<int64_t>(nearness_.back() >= 0.0F);
    }
    const auto size = static_cast<int64_t>(labels.size());
    const auto least = static_cast<int64_t>(options_.least_share * static_cast<double>(size));
    const int64_t wanted = std::clamp(first, least, size - least);
    std::array<Labels, 2> halves;
    if (wanted == first) {
      for (size_t i = 0; i < labels.size(); ++i)
        halves[nearness_[i] >= 0.0F ? 0 : 1].push_back(labels[i]);
      return halves;
    }
    std::vector<int64_t> order(labels.size());
    std::iota(order.begin(), order.end(), 0);
    std::nth_element(order.begin(), order.begin() + wanted, order.end(), [&](int64_t a, int64_t b) {
      const float of_a = nearness_[static_cast<size_t>(a)];
      const float of_b = nearness_[static_cast<size_t>(b)];
      return of_a != of_b ? of_a > of_b : a < b;
    });
    std::sort(order.begin(), order.begin() + wanted);
    std::sort(order.begin() + wanted, order.end());
    for (int64_t i = 0; i < size; ++i)
      halves[i < wanted ? 0 : 1].push_back(
          labels[static_cast<size_t>(order[static_cast<size_t>(i)])]);
    return halves;
  }

  const std::vector<Description>& all_;
  const ClusterOptions& options_;
  std::array<SparseSum, 2> sums_;  // of each half; then the first one is the centers' difference
  std::vector<float> nearness_;    // of each label to the first center rather than to the second
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

std::vector<int64_t> cluster_of_each(const std::vector<Labels>& clusters, int64_t num_labels) {
  std::vector<int64_t> cluster_of(static_cast<size_t>(num_labels));
  for (size_t cluster = 0; cluster < clusters.size(); ++cluster) {
    for (const int64_t label : clusters[cluster])
      cluster_of[static_cast<size_t>(label)] = static_cast<int64_t>(cluster);
  }
  return cluster_of;
}

}  // namespace

double describe_labels_bytes(double labels) {
  constexpr double kEntry = 12;  // bytes of an index and a value
  return labels * static_cast<double>(ClusterOptions{}.features) * kEntry;
}

std::vector<std::vector<int64_t>> cluster_labels(const Csr& x, const Csr& y,
                                                 const ClusterOptions& options) {
  std::vector<Labels> clusters(1);
  for (int64_t label = 0; label < y.cols; ++label)
    clusters[0].push_back(label);
  std::vector<Description> labels;
  if (options.depths.back() > 0) labels = describe_labels(x, y, options.features);
  std::vector<std::vector<int64_t>> levels;
  uint64_t node = 1;
  int64_t halvings = 0;
  for (const int64_t depth : options.depths) {
    for (; halvings < depth; ++halvings) {
      const uint64_t first_node = node;
      node += clusters.size();
      clusters = halve_all(clusters, first_node, labels, x.cols, options);
    }
    levels.push_back(cluster_of_each(clusters, y.cols));
  }
  return levels;
}

}  // namespace spout
