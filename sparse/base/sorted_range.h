// Finds which of ascending numbers lie in [begin, end): the labels in a block, the rows in a part.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

namespace spout {

struct SortedRange {
  int64_t first = 0;  // index of the first such number
  int64_t count = 0;
};

inline SortedRange sorted_range(std::span<const int64_t> ascending, int64_t begin, int64_t end) {
  const auto first = std::lower_bound(ascending.begin(), ascending.end(), begin);
  const auto last = std::lower_bound(first, ascending.end(), end);
  return {first - ascending.begin(), last - first};
}

}  // namespace spout
