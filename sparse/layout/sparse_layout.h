// The layouts in which spout writes a sparse matrix: compressed rows (CSR), compressed columns
// (CSC) and a list of coordinates (COO). CSC holds a pointer for every column, which a matrix with
// billions of columns cannot afford; the other two grow with rows and entries only.
#pragma once

#include <array>
#include <string_view>

#include "spout/sparse/base/find_by_name.h"

namespace spout {

enum class SparseLayout { kCsr, kCsc, kCoo };

inline constexpr std::array<NamedValue<SparseLayout>, 3> kSparseLayouts = {{
    {"csr", SparseLayout::kCsr},
    {"csc", SparseLayout::kCsc},
    {"coo", SparseLayout::kCoo},
}};

/// The name of a layout in kSparseLayouts.
constexpr std::string_view layout_name(SparseLayout layout) {
  return kSparseLayouts[static_cast<size_t>(layout)].name;
}

}  // namespace spout
