// A data set as a folder of plain .npy arrays, which NumPy reads and spout maps, so that it may be
// larger than memory:
//   X_indptr.npy, X_indices.npy, X_data.npy   sparse features as in scipy.sparse.csr_matrix, or
//   X.npy                                     dense ones, or
//   X_indptr.npy, X_tokens.npy                token numbers, row after row
//   Y_indptr.npy, Y_indices.npy, Y_data.npy   the target
//   shape.npy                                 rows, features, labels; written last; for tokens also
//                                             the numbers of padding and of unknown tokens
// Indices are i64, values f32.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>

#include "spout/sparse/batch/dataset.h"

namespace spout {

/// Whether `path` is a folder with shape.npy in it.
bool is_data_folder(const std::string& path);

/// Maps the arrays of a data folder and checks every index and value once.
///   throws FileError on missing files, other types, sizes that do not agree, values that are not
///   finite, and indices that are out of range or order
Dataset read_data_folder(const std::string& path);

/// Writes a data folder some rows at a time.
class DataFolderWriter {
 public:
  /// Makes the folder. An earlier data set in it stays until commit().
  ///   throws FileError if the folder holds other files, or a data set and `overwrite` is false
  DataFolderWriter(std::string path, FeatureKind kind, bool overwrite);
  ~DataFolderWriter();
  DataFolderWriter(const DataFolderWriter&) = delete;
  DataFolderWriter& operator=(const DataFolderWriter&) = delete;

  /// Adds rows. x is of the kind given above: [n, any] sparse, [n, D] dense f32 or tokens; y is
  /// [n, any].
  ///   throws ValueError if x and y differ in rows, FileError if the disk is full or failing
  void append(const Csr& x, const Csr& y);
  void append(const at::Tensor& x, const Csr& y);
  void append(const TokenRows& x, const Csr& y);

  /// The number of rows added so far.
  int64_t rows() const;

  /// Replaces an earlier data set by the new arrays, and writes shape.npy last.
  ///   features, labels  the widths of x and y      throws FileError
  void commit(int64_t features, int64_t labels);

 private:
  struct Arrays;
  std::string path_;
  std::unique_ptr<Arrays> arrays_;
};

/// Writes a whole data set. Errors as DataFolderWriter.
void write_data_folder(const std::string& path, const Dataset& data, bool overwrite);

}  // namespace spout
