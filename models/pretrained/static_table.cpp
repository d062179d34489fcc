#include "spout/models/pretrained/static_table.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/index_select.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "spout/sparse/base/error.h"
#include "spout/sparse/files/torch/safetensors.h"

namespace spout {
namespace {

constexpr const char* kMapping = "mapping";
constexpr const char* kWeights = "weights";

bool is_matrix(const TensorInfo& info) {
  return info.shape.size() == 2 && info.shape[0] > 0 && info.shape[1] > 0 &&
         at::isFloatingType(info.type);
}

/// The name of the matrix.
std::string find_matrix(const Safetensors& file) {
  for (const char* name : {"embedding.weight", "embeddings"}) {
    const TensorInfo* info = file.find(name);
    if (info != nullptr && is_matrix(*info)) return name;
  }
  std::vector<std::string> matrices;
  for (const std::string& name : file.names()) {
    if (is_matrix(*file.find(name))) matrices.push_back(name);
  }
  if (matrices.size() == 1) return matrices.front();
  std::string found = matrices.empty() ? "none" : std::to_string(matrices.size());
  for (const std::string& name : file.names()) {
    const TensorInfo& info = *file.find(name);
    if (!matrices.empty() || info.shape.size() != 2) continue;
    found = fmt::format("{} of {}", name, at::toString(info.type));
  }
  throw FileError(fmt::format(
      "{}: expected one matrix of floating-point token vectors, or one called embedding.weight or "
      "embeddings, found {}",
      file.path(), found));
}

/// The numbers of a row for each token, or the weights of the tokens; null if there are none.
const TensorInfo* find_column(const Safetensors& file, const char* name, int64_t tokens) {
  const TensorInfo* info = file.find(name);
  if (info == nullptr) return nullptr;
  const bool is_right = info->shape.size() == 1 && (tokens < 0 || info->shape[0] == tokens) &&
                        at::isFloatingType(info->type) == (name == kWeights);
  if (is_right) return info;
  throw FileError(fmt::format("{}: expected {} of one {} for each token, found shape [{}]",
                              file.path(), name, name == kWeights ? "number" : "row",
                              fmt::join(info->shape, ", ")));
}

bool is_model2vec(const std::string& matrix) {
  return matrix == "embeddings";
}

void check_finite(const at::Tensor& table, const std::string& file) {
  const at::Tensor broken = table.isfinite().all(1).logical_not().nonzero();
  if (broken.numel() == 0) return;
  throw FileError(fmt::format("{}: expected finite numbers, found others in the vector of token {}",
                              file, broken[0].item<int64_t>()));
}

at::Tensor read_table(const std::string& file) {
  const Safetensors tensors(file);
  const std::string matrix = find_matrix(tensors);
  at::Tensor table = tensors.read(matrix).to(at::kFloat);
  if (!is_model2vec(matrix)) return table;
  if (find_column(tensors, kMapping, -1) != nullptr) {
    const at::Tensor rows = tensors.read(kMapping).to(at::kLong);
    const bool is_within = rows.numel() == 0 || (rows.min().item<int64_t>() >= 0 &&
                                                 rows.max().item<int64_t>() < table.size(0));
    if (!is_within) {
      throw FileError(fmt::format("{}: expected a mapping to rows below {}, found others", file,
                                  table.size(0)));
    }
    table = table.index_select(0, rows);
  }
  if (find_column(tensors, kWeights, table.size(0)) != nullptr) {
    table = table * tensors.read(kWeights).to(at::kFloat).unsqueeze(1);
  }
  return table;
}

}  // namespace

StaticTableShape static_table_shape(const std::string& file) {
  const Safetensors tensors(file);
  const std::string matrix = find_matrix(tensors);
  const std::vector<int64_t>& shape = tensors.find(matrix)->shape;
  const TensorInfo* mapping = is_model2vec(matrix) ? find_column(tensors, kMapping, -1) : nullptr;
  return {mapping != nullptr ? mapping->shape[0] : shape[0], shape[1]};
}

at::Tensor read_static_table(const std::string& file) {
  at::Tensor table = read_table(file);
  check_finite(table, file);
  return table;
}

}  // namespace spout
