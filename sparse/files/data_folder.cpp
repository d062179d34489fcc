#include "sparse/files/data_folder.h"

#include <ATen/ops/tensor.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>

#include "sparse/files/dense_matrix.h"
#include "sparse/files/error.h"
#include "sparse/files/labeled_rows.h"
#include "sparse/files/mapped_array.h"
#include "sparse/files/npy.h"

namespace spout {
namespace {

namespace fs = std::filesystem;

constexpr std::array kParts{"indptr", "indices", "data"};

std::string shape_path(const std::string& folder) {
  return (fs::path(folder) / "shape.npy").string();
}

std::string dense_path(const std::string& folder) {
  return (fs::path(folder) / "X.npy").string();
}

/// "X" or "Y" and "indptr" and so on.
std::string part_path(const std::string& folder, const char* matrix, const char* part) {
  return (fs::path(folder) / fmt::format("{}_{}.npy", matrix, part)).string();
}

Csr map_csr(const std::string& folder, const char* name, int64_t rows, int64_t cols) {
  Csr matrix{rows, cols, map_npy(part_path(folder, name, "indptr"), at::kLong),
             map_npy(part_path(folder, name, "indices"), at::kLong),
             map_npy(part_path(folder, name, "data"), at::kFloat)};
  const float* values = matrix.values.const_data_ptr<float>();
  if (!std::all_of(values, values + matrix.nnz(), [](float v) { return std::isfinite(v); })) {
    throw FileError(fmt::format("{}: {}: expected finite values", folder, name));
  }
  try {
    check(matrix);
  } catch (const c10::Error& error) {
    throw FileError(fmt::format("{}: {}: {}", folder, name, error.what_without_backtrace()));
  }
  return matrix;
}

void write_csr(const std::string& folder, const char* name, const Csr& matrix) {
  const std::array<at::Tensor, 3> arrays{matrix.crow, matrix.col, matrix.values};
  for (size_t i = 0; i < arrays.size(); ++i)
    write_npy(part_path(folder, name, kParts[i]), arrays[i], /*overwrite=*/true);
}

/// Rows, features and labels.
std::array<int64_t, 3> read_shape_file(const std::string& folder) {
  FileSource source(shape_path(folder));
  const at::Tensor numbers = read_npy_ints(source);
  std::array<int64_t, 3> shape{};
  bool good = numbers.dim() == 1 && numbers.numel() == 3;
  for (size_t i = 0; good && i < shape.size(); ++i) {
    shape[i] = numbers[static_cast<int64_t>(i)].item<int64_t>();
    good = shape[i] >= 0 && shape[i] <= kMaxDimension;
  }
  if (!good) throw FileError(shape_path(folder) + ": expected rows, features and labels");
  return shape;
}

/// Makes the folder, or clears what an earlier write left in it.
void make_folder(const std::string& path, bool overwrite) {
  std::error_code error;
  if (is_data_folder(path) && !overwrite) {
    throw FileError(path + " exists; --force overwrites it");
  }
  if (fs::exists(path) && !is_data_folder(path) &&
      (!fs::is_directory(path) || !fs::is_empty(path))) {
    throw FileError(path + ": exists and is no data folder");
  }
  fs::create_directories(path, error);
  if (error) {
    throw FileError(fmt::format("{}: cannot make this folder: {}", path, error.message()));
  }
  fs::remove(shape_path(path));  // from now on it is not whole
  fs::remove(dense_path(path));
  for (const char* matrix : {"X", "Y"}) {
    for (const char* part : kParts)
      fs::remove(part_path(path, matrix, part));
  }
}

}  // namespace

bool is_data_folder(const std::string& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored) && fs::exists(shape_path(path), ignored);
}

Dataset read_data_folder(const std::string& path) {
  const auto [rows, features, labels] = read_shape_file(path);
  Dataset data;
  data.x.in_file = true;
  if (fs::exists(dense_path(path))) {
    data.x.dense = map_npy(dense_path(path), at::kFloat);
    check_dense(dense_path(path), data.x.dense);
    if (data.x.dense.size(0) != rows || data.x.dense.size(1) != features) {
      throw FileError(
          fmt::format("{}: expected {} x {} features", dense_path(path), rows, features));
    }
  } else {
    data.x.sparse = map_csr(path, "X", rows, features);
  }
  data.y = map_csr(path, "Y", rows, labels);
  return data;
}

void write_data_folder(const std::string& path, const Dataset& data, bool overwrite) {
  if (data.x.is_tokens()) throw FileError(path + ": tokens have no such form");
  make_folder(path, overwrite);
  if (data.x.is_sparse()) {
    write_csr(path, "X", data.x.sparse);
  } else {
    write_npy(dense_path(path), data.x.dense, /*overwrite=*/true);
  }
  write_csr(path, "Y", data.y);
  const at::Tensor shape = at::tensor({data.rows(), data.x.cols(), data.y.cols}, at::kLong);
  write_npy(shape_path(path), shape, /*overwrite=*/true);
}

}  // namespace spout
