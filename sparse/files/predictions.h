// Prediction files by the ending of their name: .pt for torch.load, .npz for scipy.sparse.load_npz,
// .txt for people.
#pragma once

#include <cstdint>
#include <string>

#include "sparse/files/sparse_layout.h"
#include "sparse/layout/csr.h"
#include "sparse/names/vocabulary.h"

namespace spout {

/// Throws FileError unless `path` ends in .pt, .npz or .txt and can be written: before a long
/// prediction is made.
void check_prediction_file(const std::string& path, bool overwrite);

/// Writes scores [n, L]; text has no layout, so that any names it. Errors as OutputFile.
///   names    of labels, for text alone; empty: they are numbers
void write_predictions(const std::string& path, const Csr& matrix,
                       SparseLayout layout = SparseLayout::kCsr, bool overwrite = false,
                       const Vocabulary& names = {});

/// Reads what write_predictions wrote, or Python in its place.
///   cols       that the matrix must have; anything where negative
///   throws FileError
Csr read_predictions(const std::string& path, int64_t cols = -1);

/// Whether the name is that of a text: .txt or .txt.gz.
bool is_prediction_text(const std::string& path);

}  // namespace spout
