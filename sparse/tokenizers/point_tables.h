// The lists behind point_sets.h: where the sets of code points of `tokenizers` differ from those of
// utf8proc. Ranges include both ends and ascend.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "spout/sparse/tokenizers/point_set.h"

namespace spout {

struct PointRange {
  char32_t first;
  char32_t last;
};

struct PointDifferences {
  std::span<const PointRange> more;  // in the set, whatever utf8proc says
  std::span<const PointRange> less;  // not in the set
};

struct LowerCaseRange {
  PointRange range;
  int32_t distance;  // from an upper case letter to its lower case
};

const PointDifferences& point_differences(PointSet set);
std::span<const PointRange> inert_ranges();
std::span<const LowerCaseRange> lower_case_ranges();

}  // namespace spout
