#include "spout/app/data/data_source.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "spout/app/data/interaction_data.h"
#include "spout/app/data/known_users.h"
#include "spout/app/data/matrix_file.h"
#include "spout/app/process/say.h"
#include "spout/sparse/base/error.h"
#include "spout/sparse/files/data_folder.h"
#include "spout/sparse/files/features.h"
#include "spout/sparse/layout/entries.h"

namespace spout {
namespace {

Dataset read_pair(const std::string& x_path, const std::string& y_path, int64_t labels) {
  Dataset data;
  int64_t summed = 0;
  data.x = read_features(x_path, summed);
  say_summed(x_path, summed);
  if (y_path.empty()) {
    data.y = empty_csr(data.rows(), std::max<int64_t>(labels, 0));
  } else {
    data.y = read_target(y_path, summed);
    say_summed(y_path, summed);
  }
  if (data.y.rows != data.rows()) {
    throw FileError(fmt::format("{}: expected {} rows as in {}, found {}", y_path, data.rows(),
                                x_path, data.y.rows));
  }
  return data;
}

/// Makes a data set of interactions: a model's input if a run's schema is given to read them by.
Dataset take_interactions(const std::string& path, Interactions read, const DataOptions& options,
                          const ExpectedShape& expected, DataSchema* learned) {
  if (learned != nullptr) learned->labels = read.items;
  if (expected.schema != nullptr && !expected.to_train) {
    say_unknown_items(path, read, expected.labels, "they are left out");
    say_new_users(path, read.users, expected.schema->user_hashes);
  }
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
  if (!data.x.hidden.defined() && data.x.cols() >= options.hidden_of_run) {
    data.x.unscaled = options.hidden_of_run;
  }
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

int64_t count_from(const Csr& matrix, int64_t first) {
  const auto* col = matrix.col.const_data_ptr<int64_t>();
  return std::count_if(col, col + matrix.nnz(), [first](int64_t c) { return c >= first; });
}

/// Gives text the widths of the model: drops features beyond it, and labels that nobody measures.
void fit_to_model(const std::string& path, Dataset& read, const ExpectedShape& expected) {
  const int64_t features = count_from(read.x.sparse, expected.features);
  if (features > 0) {
    say("{}: {} entries have features beyond the {} of the run; they are left out\n", path,
        features, expected.features);
  }
  if (read.x.cols() > expected.features) {
    read.x.sparse = keep_columns(read.x.sparse, expected.features);
  }
  if (expected.labels < 0 || read.y.cols <= expected.labels) return;
  const int64_t labels = count_from(read.y, expected.labels);
  if (labels > 0 && expected.measures) {
    say("{}: {} entries have labels beyond the {} of the run; they count as missed\n", path, labels,
        expected.labels);
  }
  if (labels == 0 || !expected.measures) read.y = keep_columns(read.y, expected.labels);
}

void say_from_0(const std::string& path, const DataOptions& options) {
  if (options.is_known) return;
  say("{}: features are counted from 0, as in the run's training data (--index-base)\n", path);
}

/// The number that libsvm text gives to the first feature: the one asked for, else the one by which
/// a run was trained, else 1.
int64_t first_feature(const std::string& path, const DataOptions& options,
                      const ExpectedShape& expected) {
  if (options.index_base != "auto") {
    const bool from_0 = options.index_base == "0";
    if (from_0 && options.index_base_of_run) say_from_0(path, options);
    return from_0 ? 0 : 1;
  }
  const bool asked = options.format != "auto";
  if (expected.schema == nullptr || expected.to_train || asked) return 1;
  const bool counts_from_0 = expected.schema->format != format_name(DataFormat::kLibsvm);
  if (counts_from_0) say_from_0(path, options);
  return counts_from_0 ? 0 : 1;
}

Dataset read_text(LineReader& reader, const DataOptions& options, const ExpectedShape& expected,
                  DataSchema* learned, const RowSink& sink) {
  const DataFormat format =
      data_format(reader, options, expected.schema == nullptr ? "" : expected.schema->format);
  if (format == DataFormat::kNpz) {
    const bool is_pipe =
        absolute_data_path(reader.path()) == "-" || reader.path() == "standard input";
    if (is_pipe) refuse_binary_pipe(reader.path());
    return read_pair(reader.path(), "", expected.labels);
  }
  if (learned != nullptr) learned->format = format_name(format);
  const bool has_base = options.index_base != "auto" && !options.index_base_of_run;
  if (has_base && format != DataFormat::kLibsvm) {
    throw UserError(fmt::format("--index-base: {} is no libsvm text", reader.path()));
  }
  if (format == DataFormat::kText && expected.schema != nullptr && !expected.to_train &&
      expected.schema->text.empty()) {
    throw UserError(fmt::format(
        "{}: holds documents, but the {} was trained on rows of numbers; make rows of them as its "
        "training data were made (spout convert)",
        reader.path(), expected.of));
  }
  if (format == DataFormat::kText && expected.labels_only) {
    return read_text_labels(reader, expected.schema);
  }
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
        reader.path(), read_interactions(reader, format, options, KnownItems{expected.schema}),
        options, expected, learned);
  }
  LibsvmOptions libsvm{std::max(expected.features, expected.least.features),
                       std::max(expected.labels, expected.least.labels)};
  libsvm.min_labels = std::max<int64_t>(libsvm.min_labels, 0);
  if (format == DataFormat::kLibsvm) {
    libsvm.first_feature = first_feature(reader.path(), options, expected);
  }
  const TextData text = read_text_data(reader, format, libsvm, normalizing(sink, options));
  Dataset read = dataset_of(text);
  if (expected.features >= 0 && !expected.to_train) fit_to_model(reader.path(), read, expected);
  return read;
}

void check_shape(const std::string& data, const Dataset& read, const ExpectedShape& expected,
                 const DataSchema* learned, bool is_text) {
  const auto check = [&](const char* what, int64_t wanted, int64_t found) {
    if (wanted < 0 || wanted == found) return;
    throw FileError(fmt::format("{}: expected {} {}, as the {} has, found {}", data, wanted, what,
                                expected.of, found));
  };
  if (!expected.labels_only) check("features", expected.features, read.x.cols());
  // The number of labels need not agree if they have names, which data may add to, or are items.
  const bool by_name = learned != nullptr && !learned->text.empty();
  const bool is_run = expected.features >= 0 && !expected.to_train;
  const bool adds_names =
      read.y.cols > expected.labels &&
      ((expected.schema != nullptr && (expected.schema->has_names() || !expected.needs_labels)) ||
       (is_run && expected.measures && is_text));
  const bool more_allowed = by_name || adds_names || !read.row_names.empty();
  if (!more_allowed) check("labels", expected.labels, read.y.cols);
}

/// Checks data that have been read, and normalises their rows.
///   is_text  they come from a text, which may have more labels than a model that they measure
void check_and_normalize(const std::string& data, Dataset& read, const DataOptions& options,
                         const ExpectedShape& expected, const DataSchema* learned, bool is_text) {
  if (read.row_names.empty()) refuse_interaction_options(options);
  check_shape(data, read, expected, learned, is_text);
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
    Dataset read =
        take_interactions(data, read_interactions(data, options, KnownItems{expected.schema}),
                          options, expected, learned);
    check_shape(data, read, expected, learned, /*is_text=*/false);
    return read;
  }
  if (options.index_base != "auto" && !options.index_base_of_run) {
    throw UserError(fmt::format("--index-base: {} is no libsvm text", data));
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
  check_and_normalize(data, read, options, expected, learned, /*is_text=*/false);
  return read;
}

Dataset read_dataset(LineReader& reader, const DataOptions& options, const ExpectedShape& expected,
                     DataSchema* learned, const RowSink& sink) {
  Dataset read = read_text(reader, options, expected, learned, sink);
  if (read.duplicate_labels > 0 && !options.is_known) {
    say("{}: {} labels were named again in the same row and kept once\n", reader.path(),
        read.duplicate_labels);
  }
  check_and_normalize(reader.path(), read, options, expected, learned, /*is_text=*/true);
  return read;
}

void refuse_binary_pipe(const std::string& name) {
  throw UserError(
      fmt::format("{}: expected text; a .npz, .npy or .pt file is read by its name, not "
                  "from a pipe",
                  name));
}

DataOptions with_own_format(DataOptions options, const std::string& data) {
  if (parse_data_name(data).is_arrays()) options.format = "auto";
  return options;
}

}  // namespace spout
