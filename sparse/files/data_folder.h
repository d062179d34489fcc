// A data set as a folder of plain .npy arrays, which NumPy reads and spout maps, so that it may be
// larger than memory:
//   X_indptr.npy, X_indices.npy, X_data.npy   sparse features as in scipy.sparse.csr_matrix, or
//   X.npy                                     dense ones
//   Y_indptr.npy, Y_indices.npy, Y_data.npy   the target
//   shape.npy                                 rows, features, labels; written last
// Indices are i64, values f32.
#pragma once

#include <string>

#include "sparse/batch/dataset.h"

namespace spout {

/// Whether there is a folder with shape.npy in it.
bool is_data_folder(const std::string& path);

/// Maps it; every index is looked at once.
///   throws FileError on missing files, other types, sizes that do not fit together, and indices
///   that are out of range or order
Dataset read_data_folder(const std::string& path);

/// Writes the folder, which is made.
///   throws FileError where it holds something else, or a data set without `overwrite`, or tokens
void write_data_folder(const std::string& path, const Dataset& data, bool overwrite);

}  // namespace spout
