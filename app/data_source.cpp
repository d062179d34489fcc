#include "app/data_source.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "app/interaction_data.h"
#include "sparse/files/data_folder.h"
#include "sparse/files/error.h"
#include "sparse/files/features.h"

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

/// The names that the run has, or that the data bring along.
Dataset take_interactions(Interactions read, const DataOptions& options,
                          const ExpectedShape& expected, DataSchema* learned) {
  if (learned != nullptr) learned->labels = read.items;
  read.matrix.cols = std::max(read.matrix.cols, expected.least.items);
  Dataset data = interaction_dataset(std::move(read));
  if (expected.schema != nullptr && !expected.to_train) {
    prepare_input(data, options.normalize == "none" ? "none" : "l2", expected.schema->users,
                  expected.labels);
  }
  return data;
}

void normalize(Dataset& data, const DataOptions& options) {
  if (!data.row_names.empty()) return;  // interactions: see prepare_input
  if (resolved_normalization(options.normalize, data.x) == "l2") l2_normalize_rows(data.x);
}

Dataset dataset_of(const TextData& text) {
  return {{text.x, {}}, text.y, text.duplicate_labels};
}

/// Each block is normalised before `sink` is given it.
RowSink normalizing(const RowSink& sink, const DataOptions& options) {
  if (sink == nullptr) return nullptr;
  return [&sink, &options](const TextData& block) {
    Dataset data = dataset_of(block);
    normalize(data, options);
    sink({data.x.sparse, data.y, data.duplicate_labels});
  };
}

Dataset read_text(LineReader& reader, const DataOptions& options, const ExpectedShape& expected,
                  DataSchema* learned, const RowSink& sink) {
  const DataFormat format = data_format(reader, options.format,
                                        expected.schema == nullptr ? "" : expected.schema->format);
  if (format == DataFormat::kNpz) return read_pair(reader.path(), "", expected.labels);
  if (learned != nullptr) learned->format = format_name(format);
  if (format == DataFormat::kText) {
    Dataset read =
        read_text_dataset(reader, options.text, expected.schema, learned, expected.measures);
    if (expected.needs_labels && read.y.nnz() == 0) {
      throw UserError(fmt::format(
          "{}: expected documents with labels, found none among {} (a label stands before a tab, "
          "or in \"labels\" of JSON); --format says what else it is",
          reader.path(), read.rows()));
    }
    return read;
  }
  if (is_interactions(format)) {
    return take_interactions(
        read_interactions(reader, format, interaction_options(options, expected.schema)), options,
        expected, learned);
  }
  const TextSizes sizes{std::max(expected.features, expected.least.features),
                        std::max<int64_t>(expected.labels, 0)};
  return dataset_of(read_text_data(reader, format, sizes, normalizing(sink, options)));
}

void check_shape(const std::string& data, const Dataset& read, const ExpectedShape& expected,
                 const DataSchema* learned) {
  const auto check = [&](const char* what, int64_t wanted, int64_t found) {
    if (wanted < 0 || wanted == found) return;
    throw FileError(fmt::format("{}: expected {} {}, as the {} has, found {}", data, wanted, what,
                                expected.of, found));
  };
  check("features", expected.features, read.x.cols());
  // Of names and of users and items the count says nothing; a run's names may be added to.
  const bool by_name = learned != nullptr && !learned->text.empty();
  const bool adds_names = expected.schema != nullptr && read.y.cols > expected.labels &&
                          (expected.schema->has_names() || !expected.needs_labels);
  const bool more_allowed = by_name || adds_names || !read.row_names.empty();
  if (!more_allowed) check("labels", expected.labels, read.y.cols);
}

/// What is left to do once data are read.
void check_and_normalize(const std::string& data, Dataset& read, const DataOptions& options,
                         const ExpectedShape& expected, const DataSchema* learned) {
  if (read.row_names.empty()) refuse_rating_options(options);
  check_shape(data, read, expected, learned);
  normalize(read, options);
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
    names += '|';
    names += entry.name;
  }
  return {"format", &options.format, "NAME", names + "; auto decides by content"};
}

std::vector<Option> rating_options(DataOptions& options) {
  return {{"min-rating", &options.min_rating, "R",
           "of users and items: entries rated below are left out; empty: none, of a run as in its "
           "training"},
          {"ratings", &options.ratings, "HOW",
           "binary|values: what the others count; of a run, binary is as in its training"}};
}

void refuse_rating_options(DataOptions options) {
  DataOptions left;
  const std::vector<Option> defaults = rating_options(left);
  const std::vector<Option> given = rating_options(options);
  for (size_t i = 0; i < given.size(); ++i) {
    if (option_text(given[i]) == option_text(defaults[i])) continue;
    throw UserError(
        fmt::format("--{} is for users and items (--format adjacency or pairs)", given[i].name));
  }
}

std::vector<Option> data_options(DataOptions& options) {
  std::vector<Option> list{format_option(options),
                           {"normalize", &options.normalize, "HOW",
                            "auto|l2|none: rows to length 1; auto does so for sparse features"}};
  for (Option& option : rating_options(options))
    list.push_back(std::move(option));
  return list;
}

std::string resolved_normalization(const std::string& normalize, const Features& x) {
  check_word("normalize", normalize, {"auto", "l2", "none"});
  if (normalize == "auto") return x.is_sparse() ? "l2" : "none";
  return normalize;
}

DataFormat data_format(LineReader& reader, const std::string& asked, const std::string& usual) {
  if (asked != "auto") return parse_format(asked);
  if (usual == format_name(DataFormat::kText)) {
    return is_binary(reader) ? DataFormat::kNpz : DataFormat::kText;
  }
  const bool is_settled = is_interactions(usual);
  DataFormat found = DataFormat::kText;
  try {
    found = detect_format(reader);
  } catch (const FileError&) {
    if (usual.empty()) throw;
    reader.rewind();
    return parse_format(usual);
  }
  const bool is_other_reading = is_interactions(found) || found == DataFormat::kText;
  return is_settled && is_other_reading && !has_pairs_header(reader) ? parse_format(usual) : found;
}

Dataset read_dataset(const std::string& data, const DataOptions& options,
                     const ExpectedShape& expected, DataSchema* learned) {
  if (data.empty()) throw UserError("no data named; see --help");
  const bool interactions =
      options.format != "auto" && is_interactions(parse_format(options.format));
  const auto [first, second] = split_data_pair(data);
  const bool binary = is_matrix_file(first);
  if (binary && second.empty() && interactions) {
    if (learned != nullptr) learned->format = options.format;
    Dataset read = take_interactions(read_interactions(data, options, expected.schema), options,
                                     expected, learned);
    check_shape(data, read, expected, learned);
    return read;
  }
  const bool is_arrays = is_data_folder(data) || (binary && !second.empty());
  if (is_arrays && options.format != "auto" && options.format != "npz") {
    throw UserError(fmt::format("--format {}: {} is {}", options.format, data,
                                binary ? "a pair of matrices" : "a data folder"));
  }
  Dataset read;
  if (is_data_folder(data)) {
    read = read_data_folder(data);
  } else if (binary) {
    read = read_pair(first, second, expected.labels);
  } else {
    LineReader reader(data);
    return read_dataset(reader, options, expected, learned);
  }
  if (expected.needs_labels && binary && second.empty()) {
    throw UserError(
        fmt::format("{}: expected a pair X.npz,Y.npz: labels are needed here; of users "
                    "x items say so with --format adjacency",
                    data));
  }
  check_and_normalize(data, read, options, expected, learned);
  return read;
}

Dataset read_dataset(LineReader& reader, const DataOptions& options, const ExpectedShape& expected,
                     DataSchema* learned, const RowSink& sink) {
  Dataset read = read_text(reader, options, expected, learned, sink);
  check_and_normalize(reader.path(), read, options, expected, learned);
  return read;
}

DataOptions with_own_format(DataOptions options, const std::string& data) {
  if (is_data_folder(data) || !split_data_pair(data).second.empty()) options.format = "auto";
  return options;
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
  const auto [first, second] = split_data_pair(data);
  std::string absolute = std::filesystem::absolute(first).lexically_normal().string();
  if (second.empty()) return absolute;
  return absolute + "," + std::filesystem::absolute(second).lexically_normal().string();
}

}  // namespace spout
