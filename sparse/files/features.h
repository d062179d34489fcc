// Reads and writes the features and the target of pairs of matrix files. The ending of a name
// decides the format: X.npz (SciPy, sparse), X.npy (NumPy, dense), X.pt (torch, either).
#pragma once

#include <string>

#include "spout/sparse/batch/dataset.h"
#include "spout/sparse/layout/sparse_layout.h"

namespace spout {

/// Whether the name ends like a file of one matrix: .npz, .npy or .pt.
bool is_matrix_file(const std::string& path);

/// Reads features. Errors as the format's reader.
///   summed  set to how many entries were named twice and added to an earlier one
Features read_features(const std::string& path, int64_t& summed);

/// Throws FileError unless the features can be written to a file of this name: sparse ones to .npz
/// or .pt, dense ones to .npy or .pt.
void check_features_file(const std::string& path, const Features& x, bool overwrite);

/// Writes features. `layout` is that of sparse ones. Errors as check_features_file().
void write_features(const std::string& path, const Features& x, SparseLayout layout,
                    bool overwrite = false);

/// Reads a target. Of a dense one, Y.npy or Y.pt, the non-zero values are its entries.
///   summed  as above
Csr read_target(const std::string& path, int64_t& summed);

}  // namespace spout
