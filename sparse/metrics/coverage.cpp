#include "spout/sparse/metrics/coverage.h"

#include <algorithm>

namespace spout {

void Coverage::add(std::span<const int64_t> ranked, int64_t k) {
  for (const int64_t label : ranked.first(std::min(ranked.size(), static_cast<size_t>(k))))
    shown_[static_cast<size_t>(label)] = true;
}

double Coverage::share() const {
  const auto count = std::count(shown_.begin(), shown_.end(), true);
  return shown_.empty() ? 0.0 : static_cast<double>(count) / static_cast<double>(shown_.size());
}

}  // namespace spout
