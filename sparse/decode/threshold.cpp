#include "spout/sparse/decode/threshold.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace spout {

ThresholdSearch::ThresholdSearch(int64_t num_labels, int64_t row_limit)
    : row_limit_(std::min(row_limit, num_labels)),
      of_label_(static_cast<size_t>(num_labels)),
      num_true_(static_cast<size_t>(num_labels), 0) {}

void ThresholdSearch::add(const Csr& scores, const Csr& truth) {
  TORCH_CHECK_VALUE(scores.rows == truth.rows && scores.cols <= truth.cols, "threshold: scores ",
                    scores.rows, " x ", scores.cols, " but truth ", truth.rows, " x ", truth.cols);
  const auto num_labels = static_cast<int64_t>(of_label_.size());
  for (int64_t row = 0; row < scores.rows; ++row) {
    const auto columns = scores.row_columns(row);
    const auto values = scores.row_values(row);
    const auto true_columns = truth.row_columns(row);
    const auto true_values = truth.row_values(row);
    for (size_t j = 0; j < true_columns.size(); ++j) {
      const bool scored = true_columns[j] < num_labels;
      int64_t& count = scored ? num_true_[static_cast<size_t>(true_columns[j])] : num_missed_;
      count += true_values[j] != 0.0F ? 1 : 0;
    }
    for (size_t i = 0, j = 0; i < columns.size(); ++i) {
      while (j < true_columns.size() && true_columns[j] < columns[i])
        ++j;
      const bool is_true =
          j < true_columns.size() && true_columns[j] == columns[i] && true_values[j] != 0.0F;
      of_label_[static_cast<size_t>(columns[i])].push_back({values[i], is_true});
    }
    const auto found = static_cast<int64_t>(columns.size());
    const bool cut = found >= row_limit_ && found < num_labels;
    row_floors_.push_back(cut ? *std::min_element(values.begin(), values.end())
                              : -std::numeric_limits<float>::infinity());
  }
}

float ThresholdSearch::floor() const {
  std::vector<float> floors = row_floors_;
  const auto chosen =
      floors.begin() + static_cast<ptrdiff_t>(floors.size() - 1 - floors.size() / 100);
  std::nth_element(floors.begin(), chosen, floors.end());
  return *chosen;
}

ThresholdChoice ThresholdSearch::best_of(std::vector<Entry> entries, int64_t num_true,
                                         float floor) {
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.score > b.score; });
  ThresholdChoice best{std::numeric_limits<float>::infinity(), 0.0};
  int64_t hits = 0;
  for (size_t i = 0; i < entries.size() && entries[i].score > floor; ++i) {
    hits += entries[i].is_true ? 1 : 0;
    const float score = entries[i].score;
    const bool last = i + 1 == entries.size();
    if (!last && entries[i + 1].score == score) continue;  // no threshold separates equal scores
    const double f1 = 2.0 * static_cast<double>(hits) / static_cast<double>(i + 1 + num_true);
    if (f1 <= best.f1) continue;
    // The threshold is half-way to the next score. If the two are neighbours in f32, the middle may
    // round up to this score; then the next score itself is the threshold.
    const float next = last ? std::nextafter(score, floor) : std::max(entries[i + 1].score, floor);
    const float middle = 0.5F * (score + next);
    best = {middle < score ? middle : next, f1};
  }
  return best;
}

ThresholdChoice ThresholdSearch::best_for_all() const {
  std::vector<Entry> all;
  int64_t num_true = num_missed_;
  for (size_t label = 0; label < of_label_.size(); ++label) {
    all.insert(all.end(), of_label_[label].begin(), of_label_[label].end());
    num_true += num_true_[label];
  }
  TORCH_CHECK_VALUE(num_true > num_missed_,
                    "threshold: none of the rows to choose it by has a label");
  return best_of(std::move(all), num_true, floor());
}

at::Tensor ThresholdSearch::best_for_each(float common) const {
  at::Tensor thresholds = at::empty({static_cast<int64_t>(of_label_.size())}, at::kFloat);
  auto* out = thresholds.mutable_data_ptr<float>();
  const float lowest = floor();
  for (size_t label = 0; label < of_label_.size(); ++label) {
    const bool known = num_true_[label] >= kFewestTrue;
    const ThresholdChoice own =
        known ? best_of(of_label_[label], num_true_[label], lowest) : ThresholdChoice{};
    out[label] = own.f1 > 0.0 ? own.threshold : common;
  }
  return thresholds;
}

void CountThreshold::add(const Csr& scores) {
  const auto* values = scores.values.const_data_ptr<float>();
  for (int64_t i = 0; i < scores.nnz(); ++i) {
    if (values[i] > limit_) scores_.push_back(values[i]);
  }
  constexpr int64_t kFewest = 1024;
  if (static_cast<int64_t>(scores_.size()) >= std::max(2 * count_, kFewest)) keep_largest();
}

void CountThreshold::keep_largest() {
  const auto wanted = static_cast<size_t>(count_) + 1;  // one more, which is the threshold
  if (scores_.size() < wanted) return;
  const auto last = scores_.begin() + count_;
  std::nth_element(scores_.begin(), last, scores_.end(), std::greater<>());
  limit_ = *last;
  scores_.resize(wanted);
}

float CountThreshold::finish() {
  keep_largest();
  return limit_;
}

int64_t CountThreshold::count() const {
  return std::count_if(scores_.begin(), scores_.end(), [&](float s) { return s > limit_; });
}

}  // namespace spout
