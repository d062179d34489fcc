#include "spout/app/data/data_schema.h"

#include <filesystem>

#include "spout/sparse/base/error.h"
#include "spout/sparse/files/numpy/mapped_array.h"
#include "spout/sparse/files/numpy/npy.h"
#include "spout/sparse/files/text/text_features_file.h"
#include "spout/sparse/files/text/vocabulary_file.h"

namespace spout {
namespace {

std::string labels_path(const std::string& folder) {
  return folder + "/labels.txt";
}
std::string users_path(const std::string& folder) {
  return folder + "/users.txt";
}

std::string counts_path(const std::string& folder) {
  return folder + "/counts.npy";
}

std::string hashes_path(const std::string& folder) {
  return folder + "/user_hashes.npy";
}

std::string text_folder(const std::string& folder) {
  return folder + "/text";
}

void save(const std::string& path, const Vocabulary& names) {
  if (!names.empty()) write_vocabulary(path, names);
  if (names.empty()) std::filesystem::remove(path);
}

void save(const std::string& path, const at::Tensor& numbers) {
  if (!numbers.defined()) std::filesystem::remove(path);
  if (numbers.defined()) write_npy(path, numbers, /*overwrite=*/true);
}

Vocabulary load(const std::string& path) {
  return std::filesystem::exists(path) ? read_vocabulary(path) : Vocabulary{};
}

at::Tensor load_numbers(const std::string& path) {
  if (!std::filesystem::exists(path)) return {};
  const at::Tensor numbers = map_npy(path, at::kLong);
  if (numbers.dim() == 1) return numbers;
  throw FileError(path + ": expected one row of numbers");
}

}  // namespace

std::vector<std::string> schema_paths(const std::string& folder) {
  return {labels_path(folder), users_path(folder), counts_path(folder), hashes_path(folder),
          text_folder(folder)};
}

void save_schema(const std::string& folder, const DataSchema& schema) {
  save(labels_path(folder), schema.labels);
  save(users_path(folder), schema.users);
  save(counts_path(folder), schema.item_counts);
  save(hashes_path(folder), schema.user_hashes);
  // A folder text/ that is not ours is left alone.
  if (holds_text_features(text_folder(folder))) std::filesystem::remove_all(text_folder(folder));
  if (schema.text.empty()) return;
  std::filesystem::create_directory(text_folder(folder));
  save_text_features(text_folder(folder), schema.text);
}

DataSchema load_schema(const std::string& folder, const std::string& format) {
  const std::string text = text_folder(folder);
  return {format,
          load(labels_path(folder)),
          load(users_path(folder)),
          holds_text_features(text) ? load_text_features(text) : TextFeatures{},
          nullptr,
          load_numbers(counts_path(folder)),
          load_numbers(hashes_path(folder))};
}

}  // namespace spout
