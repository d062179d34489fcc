#include "spout/app/data/names_beside.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "spout/app/data/data_name.h"
#include "spout/sparse/base/error.h"
#include "spout/sparse/base/name.h"
#include "spout/sparse/files/text/vocabulary_file.h"

namespace spout {
namespace {

namespace fs = std::filesystem;

std::string folder_of(const std::string& path) {
  std::string folder = fs::path(path).parent_path().string();
  if (folder.empty()) folder.push_back('.');
  return folder;
}

bool exist(const NameFiles& files) {
  std::error_code ignored;
  return fs::exists(files.items, ignored) && fs::exists(files.users, ignored);
}

}  // namespace

NameFiles name_files_of(const std::string& path) {
  const std::string stem = stem_of(path);
  return {fmt::format("{}.items.txt", stem), fmt::format("{}.users.txt", stem)};
}

NameFiles name_files_in(const std::string& folder) {
  return {fmt::format("{}/items.txt", folder), fmt::format("{}/users.txt", folder)};
}

std::string split_record(const std::string& folder) {
  return folder + "/split.json";
}

namespace {

/// Reads names that somebody may have changed.
Vocabulary read_names(const std::string& path) {
  Vocabulary names = read_vocabulary(path);
  for (int64_t id = 0; id < names.size(); ++id) {
    const std::string mistake = mistake_in_name(names.name(id));
    if (!mistake.empty()) throw bad_line(path, id + 1, mistake);
  }
  return names;
}

/// The files with the names of a file of interactions; nullopt if there are none.
std::optional<NameFiles> files_beside(const std::string& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return std::nullopt;  // standard input is in no folder
  NameFiles own = name_files_of(path);
  if (exist(own)) return own;
  NameFiles of_folder = name_files_in(folder_of(path));
  if (!fs::exists(split_record(folder_of(path)), ignored) || !exist(of_folder)) return std::nullopt;
  return of_folder;
}

}  // namespace

bool is_split_part(const std::string& path) {
  std::error_code ignored;
  const std::string name = fs::path(path).filename().string();
  const bool is_named_so = name == "train.txt" || name == "test.txt" || name == "test_input.txt";
  return is_named_so && fs::exists(split_record(folder_of(path)), ignored);
}

std::string min_rating_of_split(const std::string& path) {
  if (!is_split_part(path)) return "";
  std::ifstream file(split_record(folder_of(path)));
  const nlohmann::json record = nlohmann::json::parse(file, nullptr, /*allow_exceptions=*/false);
  const bool has_limit =
      record.is_object() && record.contains("min-rating") && record["min-rating"].is_string();
  return has_limit ? record["min-rating"].get<std::string>() : "";
}

bool has_names_beside(const std::string& path) {
  return files_beside(path).has_value();
}

std::optional<NamesBeside> find_names_beside(const std::string& path) {
  const auto files = files_beside(path);
  if (!files) return std::nullopt;
  return NamesBeside{*files, read_names(files->items), read_names(files->users)};
}

}  // namespace spout
