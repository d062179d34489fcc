#include "spout/sparse/files/features.h"

#include <fmt/format.h>

#include <utility>

#include "spout/sparse/base/error.h"
#include "spout/sparse/files/io/output_file.h"
#include "spout/sparse/files/numpy/npy.h"
#include "spout/sparse/files/numpy/npz.h"
#include "spout/sparse/files/torch/torch_file.h"

namespace spout {

bool is_matrix_file(const std::string& path) {
  return path.ends_with(".npz") || path.ends_with(".npy") || path.ends_with(".pt");
}

Features read_features(const std::string& path) {
  if (path.ends_with(".npy")) return {{}, read_dense_npy(path)};
  if (!path.ends_with(".pt")) return {read_npz(path, NamedTwice::kSum).matrix, {}};
  TorchMatrix read = read_torch_matrix(path, NamedTwice::kSum);
  return {std::move(read.sparse), std::move(read.dense)};
}

void check_features_file(const std::string& path, const Features& x, bool overwrite) {
  if (!path.ends_with(".pt") && !path.ends_with(x.is_sparse() ? ".npz" : ".npy")) {
    throw FileError(fmt::format("{}: these features are {}", path,
                                x.is_sparse() ? "sparse and go to a .npz or .pt file"
                                              : "dense and go to a .npy or .pt file"));
  }
  check_output_file(path, overwrite);
}

void write_features(const std::string& path, const Features& x, SparseLayout layout,
                    bool overwrite) {
  check_features_file(path, x, overwrite);
  const bool torch = path.ends_with(".pt");
  if (x.is_sparse()) {
    (torch ? write_torch_sparse : write_npz)(path, x.sparse, layout, overwrite);
  } else {
    (torch ? write_torch_dense : write_npy)(path, x.dense, overwrite);
  }
}

Csr read_target(const std::string& path, int64_t& duplicates) {
  if (path.ends_with(".pt")) return read_torch_sparse(path, &duplicates);
  if (!path.ends_with(".npz")) {
    throw FileError(fmt::format("{}: expected a .npz or .pt file with the sparse target", path));
  }
  NpzMatrix read = read_npz(path);
  duplicates = read.duplicates;
  return std::move(read.matrix);
}

}  // namespace spout
