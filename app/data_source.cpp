#include "app/data_source.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "sparse/files/error.h"
#include "sparse/files/features.h"
#include "sparse/files/format.h"

namespace spout {
namespace {

DataFormat parse_format(const std::string& name) {
  return choose(data_formats(), "format", name).format;
}

Dataset read_pair(const std::string& x_path, const std::string& y_path, int64_t labels) {
  Dataset data;
  data.x = read_features(x_path);
  data.y = y_path.empty() ? empty_csr(data.rows(), std::max<int64_t>(labels, 0))
                          : read_target(y_path, data.duplicate_labels);
  if (data.y.rows != data.rows()) {
    throw FileError(fmt::format("{}: expected {} rows as in {}, found {}", y_path, data.rows(),
                                x_path, data.y.rows));
  }
  return data;
}

Dataset read_text(const std::string& path, const DataOptions& options,
                  const ExpectedShape& expected) {
  LineReader reader(path);
  const DataFormat format =
      options.format == "auto" ? detect_format(reader) : parse_format(options.format);
  if (format == DataFormat::kNpz) return read_pair(path, "", expected.labels);
  const TextSizes sizes{std::max<int64_t>(expected.features, 0),
                        std::max<int64_t>(expected.labels, 0)};
  TextData text = read_text_data(reader, format, sizes);
  return {{std::move(text.x), {}}, std::move(text.y), text.duplicate_labels};
}

void check_shape(const std::string& data, const Dataset& read, const ExpectedShape& expected) {
  const auto check = [&](const char* what, int64_t wanted, int64_t found) {
    if (wanted < 0 || wanted == found) return;
    throw FileError(fmt::format("{}: expected {} {}, as the {} has, found {}", data, wanted, what,
                                expected.of, found));
  };
  check("features", expected.features, read.x.cols());
  check("labels", expected.labels, read.y.cols);
}

}  // namespace

std::pair<std::string, std::string> split_data_pair(const std::string& data) {
  for (size_t comma = data.find(','); comma != std::string::npos;
       comma = data.find(',', comma + 1)) {
    if (is_matrix_file(data.substr(0, comma)) && is_matrix_file(data.substr(comma + 1))) {
      return {data.substr(0, comma), data.substr(comma + 1)};
    }
  }
  return {data, ""};
}

Option format_option(DataOptions& options) {
  std::string names = "auto";
  for (const DataFormatEntry& entry : data_formats()) {
    if (!entry.is_read) continue;
    names += '|';
    names += entry.name;
  }
  return {"format", &options.format, "NAME", names + "; auto decides by content"};
}

std::vector<Option> data_options(DataOptions& options) {
  return {format_option(options),
          {"normalize", &options.normalize, "HOW",
           "auto|l2|none: rows to length 1; auto does so for sparse features"}};
}

std::string resolved_normalization(const std::string& normalize, const Features& x) {
  check_word("normalize", normalize, {"auto", "l2", "none"});
  if (normalize == "auto") return x.is_sparse() ? "l2" : "none";
  return normalize;
}

Dataset read_dataset(const std::string& data, const DataOptions& options,
                     const ExpectedShape& expected) {
  if (data.empty()) throw UserError("no data named; see --help");
  if (options.format != "auto") parse_format(options.format);
  const auto [first, second] = split_data_pair(data);
  const bool binary = is_matrix_file(first);
  Dataset read =
      binary ? read_pair(first, second, expected.labels) : read_text(data, options, expected);
  if (expected.needs_labels && binary && second.empty()) {
    throw UserError(fmt::format("{}: expected a pair X.npz,Y.npz: labels are needed here", data));
  }
  check_shape(data, read, expected);
  if (resolved_normalization(options.normalize, read.x) == "l2") l2_normalize_rows(read.x);
  return read;
}

std::string absolute_data_path(const std::string& data) {
  if (data.empty() || data == "-") return data;
  const auto [first, second] = split_data_pair(data);
  std::string absolute = std::filesystem::absolute(first).lexically_normal().string();
  if (second.empty()) return absolute;
  return absolute + "," + std::filesystem::absolute(second).lexically_normal().string();
}

}  // namespace spout
