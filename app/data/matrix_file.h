// Reads one sparse matrix that the command line names, and reports what was merged in it.
#pragma once

#include <cstdint>
#include <string>

#include "spout/sparse/layout/csr.h"

namespace spout {

/// Reports on stderr how many entries a file named twice, if there are any.
void say_summed(const std::string& path, int64_t summed);

/// Reads a matrix from a .npz, .pt or .txt file, as read_predictions() does, and reports entries
/// named twice.
///   cols  the number of columns that it must have; any if negative      throws FileError
Csr read_matrix_file(const std::string& path, int64_t cols = -1);

}  // namespace spout
