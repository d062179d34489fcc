#include "spout/app/data/data_name.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string_view>

#include "spout/app/options/option.h"
#include "spout/sparse/files/data_folder.h"
#include "spout/sparse/files/features.h"

namespace spout {
namespace {

namespace fs = std::filesystem;

bool exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

/// Whether a path is standard input, a pipe or another file that can be read only once.
bool is_read_once(const std::string& path) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  return path == "-" ||
         (fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status));
}

/// Whether two paths lead to one file; "-" is standard input.
bool are_same_file(const std::string& a, const std::string& b) {
  const auto look = [](const std::string& path, struct stat& status) {
    return path == "-" ? ::fstat(STDIN_FILENO, &status) == 0 : ::stat(path.c_str(), &status) == 0;
  };
  struct stat of_a = {};
  struct stat of_b = {};
  return look(a, of_a) && look(b, of_b) && of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

/// A path without blanks around it, unless a file has them in its name.
std::string without_blanks_around(std::string path) {
  while (path.starts_with(' ') && !exists(path))
    path.erase(0, 1);
  while (path.ends_with(' ') && !exists(path))
    path.pop_back();
  return path;
}

/// Refuses X.npz,Y.csv and the like.
void refuse_other_pair(const std::string& data) {
  const size_t comma = data.find(',');
  if (comma == std::string::npos || exists(data)) return;
  const std::string first = data.substr(0, comma);
  const std::string second = data.substr(comma + 1);
  if (is_matrix_file(first) == is_matrix_file(second)) return;
  throw UserError(
      fmt::format("{}: expected a pair of matrix files, X.npz,Y.npz (or .pt, .npy), "
                  "found '{}'",
                  data, is_matrix_file(first) ? second : first));
}

}  // namespace

DataName parse_data_name(const std::string& data) {
  for (size_t comma = data.find(','); comma != std::string::npos;
       comma = data.find(',', comma + 1)) {
    const std::string first = without_blanks_around(data.substr(0, comma));
    const std::string second = without_blanks_around(data.substr(comma + 1));
    if (is_matrix_file(first) && is_matrix_file(second)) {
      return {DataForm::kMatrixPair, first, second};
    }
  }
  refuse_other_pair(data);
  if (is_data_folder(data)) return {DataForm::kFolder, data};
  return {is_matrix_file(data) ? DataForm::kMatrix : DataForm::kText, data};
}

std::string stem_of(const std::string& path) {
  std::string stem = path;
  while (stem.ends_with('/'))
    stem.pop_back();
  for (const std::string_view ending : {".gz", ".txt", ".npz", ".pt"}) {
    if (stem.ends_with(ending)) stem.resize(stem.size() - ending.size());
  }
  return stem;
}

std::string absolute_data_path(const std::string& data) {
  if (data.empty() || data == "-") return data;
  if (is_read_once(data)) return "-";
  const auto absolute = [](const std::string& path) {
    return fs::absolute(path).lexically_normal().string();
  };
  const DataName name = parse_data_name(data);
  return name.second.empty() ? absolute(name.first)
                             : absolute(name.first) + "," + absolute(name.second);
}

void refuse_pipe_named_twice(const std::vector<std::pair<const char*, std::string>>& options) {
  for (size_t i = 0; i < options.size(); ++i) {
    for (size_t j = i + 1; j < options.size(); ++j) {
      const auto& [first_option, first] = options[i];
      const auto& [second_option, second] = options[j];
      if (first.empty() || second.empty() || !are_same_file(first, second)) continue;
      if (!is_read_once(first) && !is_read_once(second)) continue;
      throw UserError(fmt::format("{} and {} name the same pipe ({}), which can be read only once",
                                  first_option, second_option, first));
    }
  }
}

}  // namespace spout
