// Prediction files by the ending of their name: .pt for torch.load, .npz for scipy.sparse.load_npz,
// .txt for people.
#pragma once

#include <cstdint>
#include <string>

#include "sparse/files/sparse_layout.h"
#include "sparse/layout/csr.h"

namespace spout {

/// Throws FileError unless `path` ends in .pt, .npz or .txt and can be written: before a long
/// prediction is made.
void check_prediction_file(const std::string& path, bool overwrite);

/// Writes scores [n, L]; text has no layout, so that any names it. Errors as OutputFile.
void write_predictions(const std::string& path, const Csr& matrix,
                       SparseLayout layout = SparseLayout::kCsr, bool overwrite = false);

/// Reads what write_predictions wrote, or Python in its place.
///   cols       that the matrix must have; anything where negative
///   throws FileError
Csr read_predictions(const std::string& path, int64_t cols = -1);

}  // namespace spout
