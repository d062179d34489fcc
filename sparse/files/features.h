// Features by the ending of their file's name: X.npz (SciPy, sparse), X.npy (NumPy, dense), X.pt
// (torch, either).
#pragma once

#include <string>

#include "sparse/batch/dataset.h"
#include "sparse/files/sparse_layout.h"

namespace spout {

/// Whether the name ends like a file of one matrix: .npz, .npy or .pt.
bool is_matrix_file(const std::string& path);

/// Entries named twice are summed. Errors as the format's reader.
Features read_features(const std::string& path);

/// Throws FileError unless such features can be written to a file of this name: sparse ones to .npz
/// or .pt, dense ones to .npy or .pt.
void check_features_file(const std::string& path, const Features& x, bool overwrite);

/// Writes them; dense ones have no layout. Errors as check_features_file.
void write_features(const std::string& path, const Features& x, SparseLayout layout,
                    bool overwrite = false);

/// Reads a target, Y.npz or Y.pt, always sparse.
///   duplicates  gets how many entries of 0/1 data were named twice; each is kept once
Csr read_target(const std::string& path, int64_t& duplicates);

}  // namespace spout
