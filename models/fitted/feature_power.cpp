#include "spout/models/fitted/feature_power.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "spout/sparse/base/random.h"
#include "spout/sparse/layout/row_sum.h"

namespace spout {
namespace {

constexpr int64_t kSample = 1000;    // rows
constexpr int64_t kNeighbours = 10;  // of each
constexpr double kClearly = 0.02;    // gain, as a share of the sample, that is more than chance

/// Lets the nearest other rows of a row vote for their labels, each by its squared similarity.
class Neighbours {
 public:
  Neighbours(const Csr& x, const Csr& by_feature, const Csr& y)
      : x_(x),
        by_feature_(by_feature),
        y_(y),
        similarity_(static_cast<size_t>(x.rows)),
        votes_(static_cast<size_t>(y.cols)) {}

  /// Whether the label with the most votes is one of the row's.
  bool name_a_label_of(int64_t row) {
    find(row);
    int64_t best = -1;
    for (const auto& [similarity, other] : nearest_) {
      for (const int64_t label : y_.row_columns(other)) {
        votes_[static_cast<size_t>(label)] += similarity * similarity;
        if (best < 0 || votes_[static_cast<size_t>(label)] > votes_[static_cast<size_t>(best)]) {
          best = label;
        }
      }
    }
    for (const auto& neighbour : nearest_) {
      for (const int64_t label : y_.row_columns(neighbour.second))
        votes_[static_cast<size_t>(label)] = 0.0F;
    }
    const auto labels = y_.row_columns(row);
    return std::binary_search(labels.begin(), labels.end(), best);
  }

 private:
  /// Puts the row's nearest other rows and their similarities into nearest_.
  void find(int64_t row) {
    add_rows(by_feature_, x_.row_columns(row), x_.row_values(row), similarity_.data());
    nearest_.clear();
    similarity_[static_cast<size_t>(row)] = 0.0F;
    for (int64_t other = 0; other < x_.rows; ++other) {
      float& similarity = similarity_[static_cast<size_t>(other)];
      if (similarity > 0.0F) nearest_.emplace_back(similarity, other);
      similarity = 0.0F;
    }
    const auto most = std::min(static_cast<int64_t>(nearest_.size()), kNeighbours);
    std::partial_sort(nearest_.begin(), nearest_.begin() + most, nearest_.end(), std::greater<>());
    nearest_.resize(static_cast<size_t>(most));
  }

  const Csr& x_;
  const Csr& by_feature_;
  const Csr& y_;
  std::vector<float> similarity_;  // [n]
  std::vector<float> votes_;       // [L]
  std::vector<std::pair<float, int64_t>> nearest_;
};

/// The share of the sampled rows whose neighbours name one of their labels.
double neighbours_right(const Csr& x, const Csr& y, const std::vector<int64_t>& sample) {
  const Csr by_feature = transpose(x);
  std::vector<char> right(sample.size());
  constexpr int64_t kGrain = 16;
  at::parallel_for(0, static_cast<int64_t>(sample.size()), kGrain, [&](int64_t begin, int64_t end) {
    Neighbours neighbours(x, by_feature, y);
    for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i)
      right[i] = static_cast<char>(neighbours.name_a_label_of(sample[i]));
  });
  const auto count = static_cast<double>(std::count(right.begin(), right.end(), 1));
  return count / std::max(static_cast<double>(sample.size()), 1.0);
}

}  // namespace

std::span<const float> FeaturePower::operator()(std::span<const float> values) {
  if (power_ == 1.0) return values;
  powered_.resize(values.size());
  double before = 0.0;
  double after = 0.0;
  for (size_t i = 0; i < values.size(); ++i) {
    const auto magnitude = static_cast<double>(std::abs(values[i]));
    const double value = magnitude > 0.0 ? std::pow(magnitude, power_) : 0.0;
    before += magnitude * magnitude;
    after += value * value;
    powered_[i] = std::copysign(static_cast<float>(value), values[i]);
  }
  const auto factor = static_cast<float>(after > 0.0 ? std::sqrt(before / after) : 0.0);
  for (float& value : powered_)
    value *= factor;
  return powered_;
}

Csr FeaturePower::operator()(const Csr& x) {
  if (power_ == 1.0) return x;
  Csr result = x;
  result.values = at::empty({x.nnz()}, at::kFloat);
  auto* out = result.values.mutable_data_ptr<float>();
  for (int64_t row = 0; row < x.rows; ++row) {
    for (const float value : (*this)(x.row_values(row)))
      *out++ = value;
  }
  return result;
}

double choose_feature_power(const Csr& x, const Csr& y, uint64_t seed) {
  constexpr double kRoot = 0.5;
  const auto sample = random_sample(x.rows, kSample, seed, RandomStream::kNeighbours);
  const double plain = neighbours_right(x, y, sample);
  const double root = neighbours_right(FeaturePower(kRoot)(x), y, sample);
  return root > plain + kClearly ? kRoot : 1.0;
}

}  // namespace spout
