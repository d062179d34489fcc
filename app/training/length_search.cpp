#include "spout/app/training/length_search.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace spout {
namespace {

using Json = nlohmann::json;

}  // namespace

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

bool LengthSearch::is_better(double metric, double than, double share) const {
  if (!std::isfinite(metric) || !std::isfinite(than)) return std::isfinite(metric);
  const double gain = limits_.is_error ? than - metric : metric - than;
  return gain > share * std::abs(than);
}

int64_t LengthSearch::best() const {
  int64_t best = 0;
  for (int64_t i = 1; i < index(); ++i) {
    if (is_better(metric(i), metric(best))) best = i;
  }
  return best;
}

bool LengthSearch::is_over() const {
  const int64_t count = index();
  if (count == 0 || fold() != 0) return false;
  if (length(count).trunk <= length(count - 1).trunk) return true;
  const double top = metric(best());
  if (!is_better(top, limits_.baseline)) return false;  // a flat start ends nothing
  return count - 1 - best() >= limits_.patience ||
         is_better(top, metric(count - 1), limits_.decline);
}

std::string LengthSearch::state() const {
  return Json{{"measured", measured_}, {"cut", cut_}}.dump();
}

void LengthSearch::restore(const std::string& state) {
  try {
    const Json json = Json::parse(state);
    measured_.clear();
    for (const Json& value : json.at("measured"))
      measured_.push_back(value.is_null() ? std::nan("") : value.get<double>());
    cut_ = json.at("cut").get<int64_t>();
  } catch (const Json::exception&) {
    TORCH_CHECK_VALUE(false, "expected the state of a search for a length, found ", state);
  }
}

}  // namespace spout
