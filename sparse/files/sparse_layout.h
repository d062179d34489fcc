// The layouts in which a sparse matrix leaves spout: compressed rows, compressed columns, and a
// list of coordinates. CSC holds a pointer for every column, which a matrix with billions of them
// cannot afford; the other two cost what the rows and the entries do.
#pragma once

#include <array>
#include <string_view>

#include "sparse/layout/find_by_name.h"

namespace spout {

enum class SparseLayout { kCsr, kCsc, kCoo };

inline constexpr std::array<NamedValue<SparseLayout>, 3> kSparseLayouts = {{
    {"csr", SparseLayout::kCsr},
    {"csc", SparseLayout::kCsc},
    {"coo", SparseLayout::kCoo},
}};

/// What files and --layout call it.
constexpr std::string_view layout_name(SparseLayout layout) {
  return kSparseLayouts[static_cast<size_t>(layout)].name;
}

}  // namespace spout
