// spout convert: the same data, or the same matrix, in another format.
#include <fmt/format.h>

#include <memory>

#include "app/commands/command.h"
#include "app/data_source.h"
#include "app/device.h"
#include "app/index_value_files.h"
#include "app/interaction_data.h"
#include "app/interaction_files.h"
#include "app/layout_option.h"
#include "app/options/command_line.h"
#include "app/say.h"
#include "app/text_conversion.h"
#include "sparse/files/data_folder.h"
#include "sparse/files/error.h"
#include "sparse/files/features.h"
#include "sparse/files/labeled_rows.h"
#include "sparse/files/output_file.h"
#include "sparse/files/predictions.h"
#include "sparse/files/xmc.h"

namespace spout {
namespace {

constexpr CommandHelp kHelp{
    "spout convert IN OUT [options]",
    "Data: IN is DATA as for train; OUT is a .txt or .txt.gz file (XMLRepository text) or a pair\n"
    "X.npz,Y.npz or X.pt,Y.pt (dense features: X.npy or X.pt), or FOLDER/ of plain .npy arrays,\n"
    "which training reads as it goes and which may be larger than memory; XMLRepository and\n"
    "libsvm text goes there row by row.\n"
    "Matrices, such as predictions: each of IN and OUT is one .npz (SciPy) or .pt (torch) file,\n"
    "or text of label:score. A network's own sparse output: IN is a pair I.npy,V.npy, indices and\n"
    "values [rows, k], OUT is a matrix.\n"
    "Users and items (adjacency, pairs or CSV; a lone matrix with --format adjacency): OUT is\n"
    "adjacency text, one matrix, or with --split a folder of parts to train and to measure on.\n"
    "Documents (--format text) become tf-idf; what their words and labels are numbered by goes\n"
    "into a folder beside OUT, X.names, that --names takes for further documents.",
    "  spout convert train.txt.gz train_X.npz,train_Y.npz\n"
    "  spout convert predictions.pt predictions.npz --layout coo\n"
    "  spout convert predictions.txt predictions.pt --labels 1000\n"
    "  spout convert I.npy,V.npy predictions.npz --labels 1000 --out-of-range drop\n"
    "  spout convert ratings.csv.gz ml --split by-user --min-rating 4"};

struct ConvertOptions {
  std::string layout = "csr";
  int64_t labels = -1;  // what IN says or needs
  bool force = false;
  DataOptions format{"auto", "none"};
  std::string names;  // see conversion_text_options()
  IndexValueFlags index_value;
  SplitOptions split;
  DeviceOptions device;
};

OptionList describe(ConvertOptions& o) {
  OptionGroup index_value{"a network's indices and values", index_value_options(o.index_value)};
  OptionGroup interactions{"users and items", rating_options(o.format)};
  for (Option& option : split_options(o.split))
    interactions.options.push_back(std::move(option));
  return {{"convert",
           {layout_option(o.layout),
            {"labels", &o.labels, "L", "labels of IN where it does not say, as text; -1: it does"},
            format_option(o.format),
            {"normalize", &o.format.normalize, "HOW", "none|l2|auto"},
            {"force", &o.force, "", "overwrite OUT"}}},
          interactions,
          {"text", conversion_text_options(o.format.text, o.names)},
          index_value,
          {"run", device_options(o.device)}};
}

bool is_pair(const std::string& name) {
  return !split_data_pair(name).second.empty();
}

/// OUT that is to be a data folder.
bool is_folder_name(const std::string& name) {
  return name.ends_with('/') || is_data_folder(name);
}

/// One matrix of these formats. Dense ones (.npy) are data.
bool is_sparse_file(const std::string& name) {
  return (name.ends_with(".npz") || name.ends_with(".pt")) && !is_pair(name);
}

/// Refuses what is for documents alone.
void refuse_text_options(const std::string& in, const char* is, const ConvertOptions& options) {
  refuse_text_flags(options.format.text, not_text(in, is));
  if (!options.names.empty()) throw UserError("--names: " + not_text(in, is));
}

void convert_matrix(const std::string& in, const std::string& out, const ConvertOptions& options) {
  refuse_text_options(in, "one matrix", options);
  refuse_rating_options(options.format);
  const SparseLayout layout = parse_layout(options.layout);
  check_prediction_file(out, options.force);
  const Csr matrix = is_index_value_pair(in)
                         ? read_index_value_files(in, options.labels, options.index_value)
                         : read_predictions(in, options.labels);
  check_layout_memory(out, layout, matrix.cols);
  write_predictions(out, matrix, layout, options.force);
  fmt::print("{}: {} x {}, {} entries\n", out, matrix.rows, matrix.cols, matrix.nnz());
}

/// Both files appear, or (full disks aside) an error is thrown before the first does.
void write_pair(const std::string& x_path, const std::string& y_path, const Dataset& data,
                const ConvertOptions& options) {
  const SparseLayout layout = parse_layout(options.layout);
  if (x_path == y_path) {
    throw UserError(fmt::format("{}: features and target need a file each", x_path));
  }
  check_features_file(x_path, data.x, options.force);
  if (!is_sparse_file(y_path)) {
    throw UserError(fmt::format("{}: the target goes to a .npz or .pt file", y_path));
  }
  check_output_file(y_path, options.force);
  if (data.x.is_sparse()) check_layout_memory(x_path, layout, data.x.cols());
  check_layout_memory(y_path, layout, data.y.cols);
  write_features(x_path, data.x, layout, options.force);
  write_predictions(y_path, data.y, layout, options.force);
}

/// Reads IN. Of text that holds rows of numbers, and is to become a data folder, memory holds some
/// rows at a time: they go to `folder`, and what is returned has none.
Dataset read_data(const std::string& in, const std::string& out, const ConvertOptions& options,
                  DataSchema& learned, std::unique_ptr<DataFolderWriter>& folder) {
  if (!options.names.empty()) {
    return read_named_documents(in, options.format, options.names, learned);
  }
  ExpectedShape expected{-1, options.labels};
  expected.of = "option --labels";
  const bool is_text = !is_data_folder(in) && !is_matrix_file(split_data_pair(in).first);
  if (!is_folder_name(out) || !is_text) {
    return read_dataset(in, options.format, expected, &learned);
  }
  LineReader reader(in);
  return read_dataset(reader, options.format, expected, &learned, [&](const TextData& block) {
    if (folder == nullptr) {
      folder = std::make_unique<DataFolderWriter>(out, FeatureKind::kSparse, options.force);
    }
    folder->append(block.x, block.y);
  });
}

void convert_data(const std::string& in, const std::string& out, const ConvertOptions& options) {
  DataSchema learned;
  std::unique_ptr<DataFolderWriter> folder;  // where rows go as they are read
  const Dataset data = read_data(in, out, options, learned, folder);
  if (options.names.empty() && learned.text.empty()) {
    refuse_text_flags(options.format.text, not_text(in, learned.format));
  }
  if (options.labels >= 0 && (!learned.text.empty() || !options.names.empty())) {
    throw UserError("--labels: documents say themselves which labels they have");
  }
  if (data.x.unit_rows) {
    throw UserError("--normalize: " + in + " is a data folder, whose rows are taken as they are");
  }
  if (data.x.is_tokens()) throw UserError(in + ": tokens are no matrix; --text-input tfidf is one");
  if (!learned.text.empty()) check_names_folder(out, options.force);
  if (folder != nullptr) {
    folder->commit(data.x.cols(), data.y.cols);
  } else if (is_folder_name(out)) {
    write_data_folder(out, data, options.force);
  } else if (is_pair(out)) {
    const auto [x_path, y_path] = split_data_pair(out);
    write_pair(x_path, y_path, data, options);
  } else if (out.ends_with(".txt") || out.ends_with(".txt.gz")) {
    if (!data.x.is_sparse()) {
      throw UserError(fmt::format("{}: dense features go to a pair X.npy,Y.npz", out));
    }
    write_xmc(out, data.x.sparse, data.y, options.force);
  } else {
    throw UserError(
        fmt::format("{}: expected a .txt or .txt.gz file, a pair X.npz,Y.npz or a folder/", out));
  }
  if (!learned.text.empty()) write_names_folder(out, learned);
  const int64_t rows = folder != nullptr ? folder->rows() : data.rows();
  fmt::print("{}: {} rows, {} features, {} labels\n", out, rows, data.x.cols(), data.y.cols);
}

/// Whether IN holds users and items. Of standard input only --format says so.
bool has_interactions(const std::string& in, const ConvertOptions& options) {
  if (is_pair(in) || is_index_value_pair(in) || is_data_folder(in)) return false;
  if (options.format.format != "auto" || in == "-" || is_matrix_file(in)) {
    return is_interactions(options.format.format);
  }
  LineReader reader(in);
  try {
    return is_interactions(detect_format(reader));
  } catch (const AmbiguousFormat&) {
    throw;
  } catch (const FileError&) {
    return false;  // whatever it is: its own reader says what is wrong
  }
}

void convert_interactions(const std::string& in, const std::string& out,
                          const ConvertOptions& options) {
  const SparseLayout layout = parse_layout(options.layout);
  refuse_text_options(in, "users and items", options);
  if (options.labels >= 0) {
    throw UserError("--labels: users and items say themselves which items they have");
  }
  const bool to_text =
      !options.split.split.empty() || out.ends_with(".txt") || out.ends_with(".txt.gz");
  if (to_text && options.format.ratings == "values") {
    throw UserError("--ratings values: adjacency text has none; a .npz or .pt file does");
  }
  const Interactions read = read_interactions(in, options.format);
  if (read.repeated > 0) {
    say("{}: {} entries were named again and kept once\n", in, read.repeated);
  }
  if (read.dropped > 0) {
    say("{}: {} entries rated below {} were left out\n", in, read.dropped,
        options.format.min_rating);
  }
  if (!options.split.split.empty()) {
    write_split(out, read, options.split, in, options.force);
  } else {
    write_interactions(out, read, layout, options.force);
  }
}

void check_options(const std::string& in, const std::string& out, const ConvertOptions& options) {
  parse_layout(options.layout);
  if (options.labels < -1 || options.labels > kMaxDimension) {
    throw UserError(fmt::format("--labels: expected a number from 0 to {}, found {}", kMaxDimension,
                                options.labels));
  }
  if (!is_index_value_pair(in) && options.index_value != IndexValueFlags()) {
    throw UserError("--round, --out-of-range and --duplicates are for a pair I.npy,V.npy");
  }
  if (is_index_value_pair(in) && is_pair(out)) {
    throw UserError(
        fmt::format("{}: indices and values are one matrix; expected one file, found a pair", out));
  }
  const bool one_matrix =
      (is_sparse_file(in) && !has_interactions(in, options)) || is_index_value_pair(in);
  if (one_matrix && !is_pair(out) &&
      (options.format.format != "auto" || options.format.normalize != "none")) {
    throw UserError("--format and --normalize are for data; this is one matrix");
  }
}

}  // namespace

void run_convert(const std::vector<std::string>& arguments) {
  ConvertOptions options;
  const OptionList list = describe(options);
  if (wants_help(arguments)) {
    fmt::print("{}", help_text(kHelp, list));
    return;
  }
  const std::vector<std::string> words = parse_command_line(list, 2, arguments);
  set_up_device(options.device);
  if (words.size() != 2) throw UserError("IN and OUT are needed; see --help");
  const std::string& in = words[0];
  const std::string& out = words[1];
  check_options(in, out, options);
  check_split_options(options.split);
  const bool interactions = !is_pair(out) && has_interactions(in, options);
  if (!options.split.split.empty() && !interactions) {
    throw UserError(
        fmt::format("--split: {} does not hold users and items (say so with --format)", in));
  }
  if (interactions) {
    convert_interactions(in, out, options);
  } else if (is_pair(out) ||
             (!is_index_value_pair(in) && !is_sparse_file(in) && !is_sparse_file(out))) {
    convert_data(in, out, options);
  } else {
    convert_matrix(in, out, options);
  }
}

}  // namespace spout
