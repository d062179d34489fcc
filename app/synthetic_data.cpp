#include "app/synthetic_data.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "sparse/batch/random.h"

namespace spout {
namespace {

constexpr int64_t kOwnFeatures = 6;       // of a label
constexpr double kShown = 0.85;           // chance that a row shows one of them
constexpr int64_t kNoiseFeatures = 4;     // of a row
constexpr uint64_t kLabelStep = 1 << 20;  // keeps labels' draws apart from those of rows

/// Draws numbers for one row, or one label, in sequence.
class Draws {
 public:
  Draws(int64_t seed, uint64_t step) : seed_(static_cast<uint64_t>(seed)), step_(step) {}

  double uniform() { return random_uniform(seed_, RandomStream::kSynth, step_, index_++); }
  int64_t below(int64_t bound) {
    return random_below(seed_, RandomStream::kSynth, step_, index_++, bound);
  }

 private:
  uint64_t seed_;
  uint64_t step_;
  uint64_t index_ = 0;
};

/// A label by Zipf's law: P(j) falls as 1 / (j + 1). By inversion of the continuous law.
int64_t zipf(Draws& draws, int64_t labels) {
  const double span = std::log(static_cast<double>(labels) + 1.0);
  return std::min(static_cast<int64_t>(std::exp(draws.uniform() * span)) - 1, labels - 1);
}

std::set<int64_t> draw_labels(const SynthOptions& options, Draws& draws) {
  const double mean = options.density * static_cast<double>(options.labels);
  const auto wish = static_cast<int64_t>(mean * (0.5 + draws.uniform()) + draws.uniform());
  const auto count = static_cast<size_t>(std::clamp<int64_t>(wish, 1, options.labels));
  std::set<int64_t> labels;
  // Popular labels come again and again: give up in time where few labels are left.
  for (size_t tries = 0; labels.size() < count && tries < 20 * count; ++tries) {
    labels.insert(zipf(draws, options.labels));
  }
  return labels;
}

/// Adds the label's own features to the row, each scaled by `strength`.
void plant(const SynthOptions& options, int64_t label, double strength, Draws& draws,
           std::map<int64_t, float>& row) {
  Draws own(options.seed, kLabelStep + static_cast<uint64_t>(label) * 2 + 1);
  for (int64_t i = 0; i < kOwnFeatures; ++i) {
    const int64_t feature = own.below(options.features);
    if (draws.uniform() > kShown) continue;
    row[feature] += static_cast<float>(strength * (0.8 + 0.4 * draws.uniform()));
  }
}

}  // namespace

Dataset synthesize(const SynthOptions& options, int64_t first, int64_t count) {
  std::vector<int64_t> x_crow{0}, x_col, y_crow{0}, y_col;
  std::vector<float> x_values, y_values;
  for (int64_t i = first; i < first + count; ++i) {
    Draws draws(options.seed, static_cast<uint64_t>(i) * 2 + (kLabelStep << 20));
    std::map<int64_t, float> features;
    for (const int64_t label : draw_labels(options, draws)) {
      const double strength = options.real_values ? 0.5 + 1.5 * draws.uniform() : 1.0;
      plant(options, label, strength, draws, features);
      y_col.push_back(label);
      // A label's unit is its own, so that no single scale fits all.
      const double unit = 1.0 + static_cast<double>(label % 5);
      y_values.push_back(options.real_values ? static_cast<float>(strength * unit) : 1.0F);
    }
    for (int64_t k = 0; k < kNoiseFeatures; ++k) {
      features[draws.below(options.features)] += static_cast<float>(0.2 + 0.8 * draws.uniform());
    }
    for (const auto& [feature, value] : features) {
      x_col.push_back(feature);
      x_values.push_back(value);
    }
    x_crow.push_back(static_cast<int64_t>(x_col.size()));
    y_crow.push_back(static_cast<int64_t>(y_col.size()));
  }
  Dataset data;
  data.x.sparse =
      make_csr(count, options.features, std::move(x_crow), std::move(x_col), std::move(x_values));
  data.y =
      make_csr(count, options.labels, std::move(y_crow), std::move(y_col), std::move(y_values));
  return data;
}

}  // namespace spout
