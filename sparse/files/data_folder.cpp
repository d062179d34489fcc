// Reading maps the arrays. Writing goes through temporary files, which get their names only once
// all of them are complete.
#include "spout/sparse/files/data_folder.h"

#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <optional>
#include <utility>

#include "spout/sparse/base/error.h"
#include "spout/sparse/files/io/output_file.h"
#include "spout/sparse/files/numpy/mapped_array.h"
#include "spout/sparse/files/numpy/npy.h"
#include "spout/sparse/layout/dense_matrix.h"

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

std::string tokens_path(const std::string& folder) {
  return (fs::path(folder) / "X_tokens.npy").string();
}

/// The path of one array of a CSR matrix.
///   matrix  "X" or "Y"      part  one of kParts
std::string part_path(const std::string& folder, const char* matrix, const char* part) {
  return (fs::path(folder) / fmt::format("{}_{}.npy", matrix, part)).string();
}

/// Maps an array of one dimension.
at::Tensor map_flat(const std::string& path, at::ScalarType type) {
  at::Tensor array = map_npy(path, type);
  if (array.dim() == 1) return array;
  throw FileError(fmt::format("{}: expected 1 dimension, found {}", path, array.dim()));
}

Csr map_csr(const std::string& folder, const char* name, int64_t rows, int64_t cols) {
  Csr matrix{rows, cols, map_flat(part_path(folder, name, "indptr"), at::kLong),
             map_flat(part_path(folder, name, "indices"), at::kLong),
             map_flat(part_path(folder, name, "data"), at::kFloat)};
  const float* values = matrix.values.const_data_ptr<float>();
  const float* end = values + matrix.values.numel();
  const float* bad = std::find_if(values, end, [](float v) { return !std::isfinite(v); });
  if (bad != end) {
    throw FileError(fmt::format("{}: expected finite values, found {} at {}",
                                part_path(folder, name, "data"), *bad, bad - values));
  }
  try {
    check(matrix);
  } catch (const Error& error) {
    throw FileError(fmt::format("{}: {}: {}", folder, name, error.what()));
  }
  return matrix;
}

TokenRows map_tokens(const std::string& folder, int64_t rows, int64_t vocabulary,
                     const TokenNumbers& numbers) {
  const std::string indptr = part_path(folder, "X", "indptr");
  TokenRows tokens{map_flat(indptr, at::kLong), map_flat(tokens_path(folder), at::kLong),
                   vocabulary, numbers};
  const auto* crow = tokens.crow.const_data_ptr<int64_t>();
  const bool is_sound = tokens.crow.numel() == rows + 1 && crow[0] == 0 &&
                        std::is_sorted(crow, crow + rows + 1) && crow[rows] == tokens.ids.numel();
  if (!is_sound) {
    throw FileError(fmt::format("{}: expected {} ascending row pointers that end at {}", indptr,
                                rows + 1, tokens.ids.numel()));
  }
  const auto* ids = tokens.ids.const_data_ptr<int64_t>();
  const auto* bad = std::find_if(ids, ids + tokens.ids.numel(),
                                 [&](int64_t id) { return id < 0 || id >= vocabulary; });
  if (bad != ids + tokens.ids.numel()) {
    throw FileError(fmt::format("{}: expected token numbers below {}, found {} at {}",
                                tokens_path(folder), vocabulary, *bad, bad - ids));
  }
  return tokens;
}

class CsrWriter {
 public:
  CsrWriter(const std::string& folder, const char* name)
      : indptr_(part_path(folder, name, "indptr"), at::kLong, /*overwrite=*/true),
        indices_(part_path(folder, name, "indices"), at::kLong, /*overwrite=*/true),
        data_(part_path(folder, name, "data"), at::kFloat, /*overwrite=*/true) {
    indptr_.append(at::zeros({1}, at::kLong));
  }

  void append(const Csr& matrix) {
    indptr_.append(matrix.crow.narrow(0, 1, matrix.rows).add(indices_.size()));
    indices_.append(matrix.col);
    data_.append(matrix.values);
  }

  int64_t rows() const { return indptr_.size() - 1; }

  void commit() {
    indptr_.commit();
    indices_.commit();
    data_.commit();
  }

 private:
  NpyWriter indptr_, indices_, data_;
};

/// Token numbers, and where each row begins.
class TokenWriter {
 public:
  explicit TokenWriter(const std::string& folder)
      : indptr_(part_path(folder, "X", "indptr"), at::kLong, /*overwrite=*/true),
        ids_(tokens_path(folder), at::kLong, /*overwrite=*/true) {
    indptr_.append(at::zeros({1}, at::kLong));
  }

  void append(const TokenRows& rows) {
    numbers_ = rows.numbers;
    indptr_.append(rows.crow.slice(0, 1).add(ids_.size()));
    ids_.append(rows.ids);
  }

  const TokenNumbers& numbers() const { return numbers_; }

  void commit() {
    indptr_.commit();
    ids_.commit();
  }

 private:
  NpyWriter indptr_, ids_;
  TokenNumbers numbers_;
};

/// The shape: rows, features and labels; of tokens also the numbers of padding and unknown tokens.
using Shape = std::array<int64_t, 5>;

Shape read_shape_file(const std::string& folder, bool has_tokens) {
  FileSource source(shape_path(folder));
  const at::Tensor numbers = read_npy_ints(source);
  Shape shape{};
  const int64_t count = has_tokens ? 5 : 3;
  bool good = numbers.dim() == 1 && numbers.numel() == count;
  for (size_t i = 0; good && i < static_cast<size_t>(count); ++i) {
    shape[i] = numbers[static_cast<int64_t>(i)].item<int64_t>();
    good = shape[i] >= 0 && shape[i] <= kMaxDimension;
  }
  if (good && has_tokens) good = shape[3] < shape[1] && shape[4] < shape[1];
  if (!good) {
    throw FileError(fmt::format("{}: expected rows, features and labels{}", shape_path(folder),
                                has_tokens ? ", padding and unknown" : ""));
  }
  return shape;
}

/// Whether a file belongs to a data folder, finished or not.
bool is_own_file(const fs::path& path) {
  const std::string name = path.filename().string();
  if (name == "shape.npy" || name == "X.npy" || name == "X_tokens.npy") return true;
  for (const char* matrix : {"X", "Y"}) {
    for (const char* part : kParts) {
      if (name == fmt::format("{}_{}.npy", matrix, part)) return true;
    }
  }
  return is_left_unfinished(path.string());
}

bool holds_only_own_files(const std::string& folder) {
  return std::all_of(fs::directory_iterator(folder), fs::directory_iterator(),
                     [](const auto& file) { return is_own_file(file.path()); });
}

/// Makes the folder and removes temporary files that an earlier write left. The arrays of a
/// complete one stay until clear_folder().
void make_folder(const std::string& path, bool overwrite) {
  std::error_code error;
  if (fs::exists(path) && (!fs::is_directory(path) || !holds_only_own_files(path))) {
    throw FileError(path + ": exists and is no data folder");
  }
  fs::create_directories(path, error);
  if (error) {
    throw FileError(fmt::format("{}: cannot make this folder: {}", path, error.message()));
  }
  for (const auto& file : fs::directory_iterator(path)) {
    if (is_left_unfinished(file.path().string())) fs::remove(file.path(), error);
  }
  if (!overwrite && !fs::is_empty(path)) throw FileExists(path);
}

/// Removes what an earlier write left in the folder.
void clear_folder(const std::string& path) {
  fs::remove(shape_path(path));  // without it the folder is no longer a data folder
  for (const auto& file : fs::directory_iterator(path)) {
    if (file.path().extension() == ".npy") fs::remove(file.path());
  }
}

}  // namespace

bool is_data_folder(const std::string& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored) && fs::exists(shape_path(path), ignored);
}

Dataset read_data_folder(const std::string& path) {
  const bool has_tokens = fs::exists(tokens_path(path));
  const auto [rows, features, labels, padding, unknown] = read_shape_file(path, has_tokens);
  Dataset data;
  data.x.in_file = true;
  if (has_tokens) {
    data.x.tokens = map_tokens(path, rows, features, {padding, unknown});
  } else if (fs::exists(dense_path(path))) {
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

struct DataFolderWriter::Arrays {
  Arrays(const std::string& folder, FeatureKind kind) : y(folder, "Y") {
    if (kind == FeatureKind::kSparse) sparse.emplace(folder, "X");
    if (kind == FeatureKind::kDense) {
      dense.emplace(dense_path(folder), at::kFloat, /*overwrite=*/true);
    }
    if (kind == FeatureKind::kTokens) tokens.emplace(folder);
  }

  std::optional<CsrWriter> sparse;
  std::optional<NpyWriter> dense;
  std::optional<TokenWriter> tokens;
  CsrWriter y;
};

DataFolderWriter::DataFolderWriter(std::string path, FeatureKind kind, bool overwrite)
    : path_(std::move(path)) {
  make_folder(path_, overwrite);
  arrays_ = std::make_unique<Arrays>(path_, kind);
}

DataFolderWriter::~DataFolderWriter() = default;

void DataFolderWriter::append(const Csr& x, const Csr& y) {
  TORCH_CHECK_VALUE(x.rows == y.rows, "DataFolderWriter: x has ", x.rows, " rows but y ", y.rows);
  TORCH_CHECK_VALUE(arrays_->sparse, "DataFolderWriter: expected dense features");
  arrays_->sparse->append(x);
  arrays_->y.append(y);
}

void DataFolderWriter::append(const at::Tensor& x, const Csr& y) {
  TORCH_CHECK_VALUE(x.dim() == 2 && x.size(0) == y.rows, "DataFolderWriter: expected x [", y.rows,
                    ", D], found ", x.sizes());
  TORCH_CHECK_VALUE(arrays_->dense, "DataFolderWriter: expected sparse features");
  arrays_->dense->append(x.contiguous());
  arrays_->y.append(y);
}

void DataFolderWriter::append(const TokenRows& x, const Csr& y) {
  TORCH_CHECK_VALUE(x.crow.numel() - 1 == y.rows, "DataFolderWriter: x has ", x.crow.numel() - 1,
                    " rows but y ", y.rows);
  TORCH_CHECK_VALUE(arrays_->tokens, "DataFolderWriter: expected no tokens");
  arrays_->tokens->append(x);
  arrays_->y.append(y);
}

int64_t DataFolderWriter::rows() const {
  return arrays_->y.rows();
}

void DataFolderWriter::commit(int64_t features, int64_t labels) {
  clear_folder(path_);
  if (arrays_->sparse) arrays_->sparse->commit();
  if (arrays_->dense) arrays_->dense->commit();
  std::vector<int64_t> shape{rows(), features, labels};
  if (arrays_->tokens) {
    arrays_->tokens->commit();
    shape.push_back(arrays_->tokens->numbers().padding);
    shape.push_back(arrays_->tokens->numbers().unknown);
  }
  arrays_->y.commit();
  write_npy(shape_path(path_), at::tensor(shape, at::kLong));
}

void write_data_folder(const std::string& path, const Dataset& data, bool overwrite) {
  DataFolderWriter writer(path, data.x.kind(), overwrite);
  if (data.x.is_tokens()) {
    writer.append(data.x.tokens, data.y);
  } else if (data.x.is_sparse()) {
    writer.append(sparse_rows(data.x), data.y);
  } else {
    writer.append(data.x.dense, data.y);
  }
  writer.commit(data.x.cols(), data.y.cols);
}

}  // namespace spout
