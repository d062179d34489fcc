// --layout on the command line: how a sparse matrix lies in the file that a command writes.
#pragma once

#include <cstdint>
#include <string>

#include "app/options/option.h"
#include "sparse/files/sparse_layout.h"

namespace spout {

Option layout_option(std::string& layout);

/// Throws UserError on an unknown name.
SparseLayout parse_layout(const std::string& name);

/// Throws UserError where the pointers of a CSC matrix, one for each column, do not fit into the
/// memory that is free; text (by the name of `path`) has none.
void check_layout_memory(const std::string& path, SparseLayout layout, int64_t cols);

}  // namespace spout
