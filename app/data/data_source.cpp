#include "spout/app/data/data_source.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "spout/app/data/interaction_data.h"
#include "spout/sparse/base/error.h"
#include "spout/sparse/files/data_folder.h"
#include "spout/sparse/files/features.h"

namespace spout {
namespace {

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

/// Makes a data set of interactions: a model's input if a run's schema is given to read them by.
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
  if (!data.row_names.empty()) return;  // interactions are normalised by prepare_input()
  if (resolved_normalization(options.normalize, data.x) == "l2") l2_normalize_rows(data.x);
}

Dataset dataset_of(const TextData& text) {
  return {{text.x, {}}, text.y, text.duplicate_labels};
}

/// A sink that normalises each block and hands it on to `sink`.
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
          "or in \"labels\" of JSON); if these are no documents, name their --format",
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
  // The number of labels need not agree if they have names, which data may add to, or are items.
  const bool by_name = learned != nullptr && !learned->text.empty();
  const bool adds_names = expected.schema != nullptr && read.y.cols > expected.labels &&
                          (expected.schema->has_names() || !expected.needs_labels);
  const bool more_allowed = by_name || adds_names || !read.row_names.empty();
  if (!more_allowed) check("labels", expected.labels, read.y.cols);
}

/// Checks data that have been read, and normalises their rows.
void check_and_normalize(const std::string& data, Dataset& read, const DataOptions& options,
                         const ExpectedShape& expected, const DataSchema* learned) {
  if (read.row_names.empty()) refuse_rating_options(options);
  check_shape(data, read, expected, learned);
  normalize(read, options);
}

}  // namespace

Dataset read_dataset(const std::string& data, const DataOptions& options,
                     const ExpectedShape& expected, DataSchema* learned) {
  if (data.empty()) throw UserError("no data named; see --help");
  const DataName name = parse_data_name(data);
  if (name.form == DataForm::kText) {
    LineReader reader(data);
    return read_dataset(reader, options, expected, learned);
  }
  const bool interactions =
      options.format != "auto" && is_interactions(parse_format(options.format));
  if (name.form == DataForm::kMatrix && interactions) {
    if (learned != nullptr) learned->format = options.format;
    Dataset read = take_interactions(read_interactions(data, options, expected.schema), options,
                                     expected, learned);
    check_shape(data, read, expected, learned);
    return read;
  }
  if (name.is_arrays() && options.format != "auto" && options.format != "npz") {
    throw UserError(
        fmt::format("--format {}: {} is {}", options.format, data,
                    name.form == DataForm::kFolder ? "a data folder" : "a pair of matrices"));
  }
  Dataset read = name.form == DataForm::kFolder
                     ? read_data_folder(data)
                     : read_pair(name.first, name.second, expected.labels);
  if (expected.needs_labels && name.form == DataForm::kMatrix) {
    throw UserError(
        fmt::format("{}: expected a pair X.npz,Y.npz, since labels are needed here; a matrix of "
                    "users x items needs --format adjacency",
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
  if (parse_data_name(data).is_arrays()) options.format = "auto";
  return options;
}

}  // namespace spout
