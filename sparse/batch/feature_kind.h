// The kinds of features that a data set can have, with their names.
#pragma once

#include <array>

#include "spout/sparse/base/find_by_name.h"

namespace spout {

enum class FeatureKind { kSparse, kDense, kTokens };

inline constexpr std::array<NamedValue<FeatureKind>, 3> kFeatureKinds{{
    {"sparse", FeatureKind::kSparse},
    {"dense", FeatureKind::kDense},
    {"tokens", FeatureKind::kTokens},
}};

}  // namespace spout
