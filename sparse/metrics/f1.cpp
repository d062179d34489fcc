#include "spout/sparse/metrics/f1.h"

#include <numeric>

namespace spout {
namespace {

double share(int64_t part, int64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

int64_t sum_of(const std::vector<int64_t>& counts) {
  return std::accumulate(counts.begin(), counts.end(), int64_t{0});
}

}  // namespace

F1Counts::F1Counts(int64_t num_labels)
    : hits_(static_cast<size_t>(num_labels), 0), mentioned_(static_cast<size_t>(num_labels), 0) {}

void F1Counts::add_row(std::span<const int64_t> predicted, std::span<const int64_t> truth) {
  num_predicted_ += static_cast<int64_t>(predicted.size());
  num_true_ += static_cast<int64_t>(truth.size());
  for (const int64_t label : predicted)
    ++mentioned_[static_cast<size_t>(label)];
  for (const int64_t label : truth)
    ++mentioned_[static_cast<size_t>(label)];
  for (size_t i = 0, j = 0; i < predicted.size() && j < truth.size();) {
    if (predicted[i] == truth[j]) ++hits_[static_cast<size_t>(truth[j])];
    const bool step_predicted = predicted[i] <= truth[j];
    const bool step_truth = truth[j] <= predicted[i];
    i += step_predicted ? 1 : 0;
    j += step_truth ? 1 : 0;
  }
}

double F1Counts::precision() const {
  return share(sum_of(hits_), num_predicted_);
}

double F1Counts::recall() const {
  return share(sum_of(hits_), num_true_);
}

double F1Counts::micro() const {
  return share(2 * sum_of(hits_), num_predicted_ + num_true_);
}

double F1Counts::macro() const {
  if (hits_.empty()) return 0.0;
  double sum = 0.0;
  for (size_t label = 0; label < hits_.size(); ++label)
    sum += share(2 * hits_[label], mentioned_[label]);
  return sum / static_cast<double>(hits_.size());
}

}  // namespace spout
