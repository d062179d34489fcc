#include "spout/sparse/files/features.h"

#include <fmt/format.h>

#include <utility>

#include "spout/sparse/base/error.h"
#include "spout/sparse/files/io/output_file.h"
#include "spout/sparse/files/numpy/npy.h"
#include "spout/sparse/files/numpy/npz.h"
#include "spout/sparse/files/torch/torch_file.h"
#include "spout/sparse/layout/csr_builder.h"

namespace spout {

namespace {

/// The non-zero values of a dense matrix.
Csr to_csr(const at::Tensor& dense) {
  CsrBuilder builder;
  const auto* value = dense.const_data_ptr<float>();
  for (int64_t row = 0; row < dense.size(0); ++row) {
    for (int64_t col = 0; col < dense.size(1); ++col, ++value) {
      if (*value != 0.0F) builder.add(col, *value);
    }
    builder.end_row();
  }
  return builder.finish(dense.size(1));
}

}  // namespace

bool is_matrix_file(const std::string& path) {
  return path.ends_with(".npz") || path.ends_with(".npy") || path.ends_with(".pt");
}

Features read_features(const std::string& path, int64_t& summed) {
  summed = 0;
  if (path.ends_with(".npy")) return {{}, read_dense_npy(path)};
  if (path.ends_with(".pt")) {
    TorchMatrix read = read_torch_matrix(path);
    summed = read.summed;
    return {std::move(read.sparse), std::move(read.dense)};
  }
  NpzMatrix read = read_npz(path);
  summed = read.summed;
  return {std::move(read.matrix), {}};
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
    (torch ? write_torch_sparse : write_npz)(path, sparse_rows(x), layout, overwrite);
  } else {
    (torch ? write_torch_dense : write_npy)(path, x.dense, overwrite);
  }
}

Csr read_target(const std::string& path, int64_t& summed) {
  Features read = read_features(path, summed);
  return read.is_sparse() ? std::move(read.sparse) : to_csr(read.dense);
}

}  // namespace spout
