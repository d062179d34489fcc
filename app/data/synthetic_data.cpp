#include "spout/app/data/synthetic_data.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "spout/sparse/base/random.h"
#include "spout/sparse/layout/csr_builder.h"

namespace spout {
namespace {

constexpr int64_t kOwnFeatures = 6;       // features of each label
constexpr double kShown = 0.85;           // the chance that a row with the label shows one of them
constexpr int64_t kNoiseFeatures = 4;     // noise features of each row
constexpr uint64_t kLabelStep = 1 << 20;  // keeps the draws of labels apart from those of rows

/// Draws a sequence of random numbers for one row or one label.
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

/// Draws a label by Zipf's law, P(j) ~ 1 / (j + 1), by inversion of the continuous law.
int64_t zipf(Draws& draws, int64_t labels) {
  const double span = std::log(static_cast<double>(labels) + 1.0);
  return std::min(static_cast<int64_t>(std::exp(draws.uniform() * span)) - 1, labels - 1);
}

std::set<int64_t> draw_labels(const SynthOptions& options, Draws& draws) {
  constexpr double kUsual = 5.0;
  const auto all = static_cast<double>(options.labels);
  const double mean = options.density > 0.0 ? options.density * all : std::min(kUsual, all / 2);
  const auto wish = static_cast<int64_t>(mean * (0.5 + draws.uniform()) + draws.uniform());
  const auto count = static_cast<size_t>(std::clamp<int64_t>(wish, 1, options.labels));
  std::set<int64_t> labels;
  // Frequent labels are drawn again and again, so the tries are limited.
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
  CsrBuilder x;
  CsrBuilder y;
  for (int64_t i = first; i < first + count; ++i) {
    Draws draws(options.seed, static_cast<uint64_t>(i) * 2 + (kLabelStep << 20));
    std::map<int64_t, float> features;
    for (const int64_t label : draw_labels(options, draws)) {
      const double strength = options.real_values ? 0.5 + 1.5 * draws.uniform() : 1.0;
      plant(options, label, strength, draws, features);
      // Labels have values of different units, so that no single scale fits all.
      const double unit = 1.0 + static_cast<double>(label % 5);
      y.add(label, options.real_values ? static_cast<float>(strength * unit) : 1.0F);
    }
    for (int64_t k = 0; k < kNoiseFeatures; ++k) {
      features[draws.below(options.features)] += static_cast<float>(0.2 + 0.8 * draws.uniform());
    }
    for (const auto& [feature, value] : features)
      x.add(feature, value);
    x.end_row();
    y.end_row();
  }
  Dataset data;
  data.x.sparse = x.finish(options.features);
  data.y = y.finish(options.labels);
  return data;
}

}  // namespace spout
