#include "spout/app/training/length_search.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "spout/app/training/metric_choice.h"

namespace spout {
namespace {

using Json = nlohmann::json;

}  // namespace

int64_t longest_trunk(int64_t batches, int64_t folds) {
  constexpr int64_t kSteps = 20'000;
  constexpr int64_t kEpochs = 30;
  return std::max(kSteps / folds, kEpochs * batches);
}

TrainingLength LengthSearch::length(int64_t index) const {
  double trunk = static_cast<double>(limits_.first);
  for (int64_t i = 0; i < index; ++i)
    trunk = std::ceil(trunk * kGrowth);
  auto steps = static_cast<int64_t>(std::min(trunk, static_cast<double>(limits_.most)));
  if (is_cut()) steps = std::min(steps, cut_);
  return {steps, std::max<int64_t>(std::llround(kDecayShare * static_cast<double>(steps)), 1)};
}

double LengthSearch::metric(int64_t index) const {
  double sum = 0.0;
  for (int64_t fold = 0; fold < limits_.folds; ++fold)
    sum += measured_[static_cast<size_t>(index * limits_.folds + fold)];
  return sum / static_cast<double>(limits_.folds);
}

int64_t LengthSearch::best() const {
  int64_t best = 0;
  for (int64_t i = 1; i < index(); ++i) {
    if (is_better(metric(i), metric(best), limits_.is_error, limits_.least_gain)) best = i;
  }
  return best;
}

bool LengthSearch::is_over() const {
  const int64_t count = index();
  if (count == 0 || fold() != 0) return false;
  if (length(count).trunk <= length(count - 1).trunk) return true;
  if (is_beaten()) return true;
  const double top = metric(best());
  if (!is_better(top, limits_.baseline, limits_.is_error))
    return false;  // a flat start ends nothing
  return count - 1 - best() >= limits_.patience ||
         is_better(top, metric(count - 1), limits_.is_error, limits_.decline);
}

bool LengthSearch::is_beaten() const {
  constexpr double kGainsToCome =
      2.0;  // times the last one, since each is smaller than the one before
  const int64_t count = index();
  if (!std::isfinite(limits_.rival) || count < 3) return false;
  const double last = metric(count - 1);
  const double gain = last - metric(count - 2);
  const bool is_gain = is_better(last, metric(count - 2), limits_.is_error);
  return is_better(limits_.rival, last + (is_gain ? kGainsToCome * gain : 0.0), limits_.is_error) &&
         is_better(limits_.rival, metric(best()), limits_.is_error);
}

std::string LengthSearch::state() const {
  return Json{
      {"measured", measured_}, {"cut", cut_}, {"first", limits_.first}, {"most", limits_.most}}
      .dump();
}

void LengthSearch::restore(const std::string& state) {
  try {
    const Json json = Json::parse(state);
    measured_.clear();
    for (const Json& value : json.at("measured"))
      measured_.push_back(value.is_null() ? std::nan("") : value.get<double>());
    cut_ = json.at("cut").get<int64_t>();
    limits_.first = json.at("first").get<int64_t>();
    limits_.most = std::max(limits_.most, json.at("most").get<int64_t>());
  } catch (const Json::exception&) {
    TORCH_CHECK_VALUE(false, "expected the state of a search for a length, found ", state);
  }
}

}  // namespace spout
