// The kinds of features that a data set can have, with their names.
#pragma once

#include <array>
#include <cstdint>

#include "spout/sparse/base/find_by_name.h"

namespace spout {

enum class FeatureKind { kSparse, kDense, kTokens };

inline constexpr std::array<NamedValue<FeatureKind>, 3> kFeatureKinds{{
    {"sparse", FeatureKind::kSparse},
    {"dense", FeatureKind::kDense},
    {"tokens", FeatureKind::kTokens},
}};

/// The numbers of the two tokens that no text has: a pretrained tokenizer has its own.
struct TokenNumbers {
  int64_t padding = 0;  // fills up the shorter rows of a batch
  int64_t unknown = 1;  // any token outside the vocabulary, and one that dropout hides
};

}  // namespace spout
