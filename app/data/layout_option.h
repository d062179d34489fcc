// The option --layout: how a command stores the sparse matrices that it writes.
#pragma once

#include <cstdint>
#include <string>

#include "spout/app/options/option.h"
#include "spout/sparse/layout/sparse_layout.h"

namespace spout {

Option layout_option(SparseLayout& layout);

/// Throws UserError if the column pointers of a CSC matrix do not fit into the free memory. Text
/// files, which `path` shows by its name, have no pointers.
void check_layout_memory(const std::string& path, SparseLayout layout, int64_t cols);

}  // namespace spout
