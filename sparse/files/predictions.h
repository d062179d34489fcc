// Reads and writes predictions. The ending of a name decides the format: .pt for torch.load, .npz
// for scipy.sparse.load_npz, .txt or .txt.gz for people.
#pragma once

#include <cstdint>
#include <string>

#include "spout/sparse/base/vocabulary.h"
#include "spout/sparse/layout/csr.h"
#include "spout/sparse/layout/sparse_layout.h"

namespace spout {

/// Throws FileError unless `path` has one of the endings and can be written. To be called before a
/// long prediction.
void check_prediction_file(const std::string& path, bool overwrite);

/// Writes scores [n, L]. Errors as OutputFile.
///   layout   of .pt and .npz; text has none
///   names    the labels' names, for text only; empty: labels are written as numbers
void write_predictions(const std::string& path, const Csr& matrix,
                       SparseLayout layout = SparseLayout::kCsr, bool overwrite = false,
                       const Vocabulary& names = {});

/// Reads what write_predictions() or a Python program wrote.
///   cols    the number of columns that the matrix must have; any if negative
///   summed  (may be null) set to how many entries a .npz or .pt file named twice; they are added
///           to the earlier one
///   throws FileError
Csr read_predictions(const std::string& path, int64_t cols = -1, int64_t* summed = nullptr);

/// Whether the name ends in .txt or .txt.gz.
bool is_text_name(const std::string& path);

}  // namespace spout
