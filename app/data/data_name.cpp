#include "spout/app/data/data_name.h"

#include <filesystem>
#include <string_view>

#include "spout/sparse/files/data_folder.h"
#include "spout/sparse/files/features.h"

namespace spout {

DataName parse_data_name(const std::string& data) {
  for (size_t comma = data.find(','); comma != std::string::npos;
       comma = data.find(',', comma + 1)) {
    const std::string first = data.substr(0, comma);
    const std::string second = data.substr(comma + 1);
    if (is_matrix_file(first) && is_matrix_file(second)) {
      return {DataForm::kMatrixPair, first, second};
    }
  }
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
  const auto absolute = [](const std::string& path) {
    return std::filesystem::absolute(path).lexically_normal().string();
  };
  const DataName name = parse_data_name(data);
  return name.second.empty() ? absolute(name.first)
                             : absolute(name.first) + "," + absolute(name.second);
}

}  // namespace spout
