// What the rows of a data set are made of, by name.
#pragma once

#include <array>

#include "sparse/layout/find_by_name.h"

namespace spout {

enum class FeatureKind { kSparse, kDense, kTokens };

inline constexpr std::array<NamedValue<FeatureKind>, 3> kFeatureKinds{{
    {"sparse", FeatureKind::kSparse},
    {"dense", FeatureKind::kDense},
    {"tokens", FeatureKind::kTokens},
}};

}  // namespace spout
