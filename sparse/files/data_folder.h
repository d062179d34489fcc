// A data set as a folder of plain .npy arrays, which NumPy reads and spout maps, so that it may be
// larger than memory:
//   X_indptr.npy, X_indices.npy, X_data.npy   sparse features as in scipy.sparse.csr_matrix, or
//   X.npy                                     dense ones
//   Y_indptr.npy, Y_indices.npy, Y_data.npy   the target
//   shape.npy                                 rows, features, labels; written last
// Indices are i64, values f32.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>

#include "sparse/batch/dataset.h"

namespace spout {

/// Whether there is a folder with shape.npy in it.
bool is_data_folder(const std::string& path);

/// Maps it; every index is looked at once.
///   throws FileError on missing files, other types, sizes that do not fit together, and indices
///   that are out of range or order
Dataset read_data_folder(const std::string& path);

/// A data folder that is written some rows at a time.
class DataFolderWriter {
 public:
  /// Makes the folder. An earlier data set in it stays until commit().
  ///   kind     of the features: sparse or dense
  ///   throws FileError where it holds other files, or a data set without `overwrite`; on tokens
  DataFolderWriter(std::string path, FeatureKind kind, bool overwrite);
  ~DataFolderWriter();
  DataFolderWriter(const DataFolderWriter&) = delete;
  DataFolderWriter& operator=(const DataFolderWriter&) = delete;

  /// Adds rows, of features of that kind: x [n, any] sparse, [n, D] dense f32; y [n, any].
  ///   throws ValueError where they are not as many, FileError where the disk is full or failing
  void append(const Csr& x, const Csr& y);
  void append(const at::Tensor& x, const Csr& y);

  /// Those appended so far.
  int64_t rows() const;

  /// Puts the arrays in place of an earlier data set's, the shape [rows(), features] and
  /// [rows(), labels] last.   throws FileError
  void commit(int64_t features, int64_t labels);

 private:
  struct Arrays;
  std::string path_;
  std::unique_ptr<Arrays> arrays_;
};

/// Writes a data set at once. Errors as DataFolderWriter.
void write_data_folder(const std::string& path, const Dataset& data, bool overwrite);

}  // namespace spout
