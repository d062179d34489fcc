#include "app/data_schema.h"

#include <filesystem>

namespace spout {
namespace {

std::string labels_path(const std::string& folder) {
  return folder + "/labels.txt";
}
std::string users_path(const std::string& folder) {
  return folder + "/users.txt";
}

void save(const std::string& path, const Vocabulary& names) {
  if (!names.empty()) write_vocabulary(path, names);
  if (names.empty()) std::filesystem::remove(path);
}

Vocabulary load(const std::string& path) {
  return std::filesystem::exists(path) ? read_vocabulary(path) : Vocabulary{};
}

}  // namespace

void save_schema(const std::string& folder, const DataSchema& schema) {
  save(labels_path(folder), schema.labels);
  save(users_path(folder), schema.users);
}

DataSchema load_schema(const std::string& folder, const std::string& format) {
  return {format, load(labels_path(folder)), load(users_path(folder))};
}

}  // namespace spout
