// spout convert: writes data, or a matrix, in another format.
#include <fmt/format.h>

#include <memory>

#include "spout/app/commands/command.h"
#include "spout/app/data/data_name.h"
#include "spout/app/data/data_source.h"
#include "spout/app/data/index_value_files.h"
#include "spout/app/data/interaction_data.h"
#include "spout/app/data/interaction_files.h"
#include "spout/app/data/layout_option.h"
#include "spout/app/data/matrix_file.h"
#include "spout/app/data/text_conversion.h"
#include "spout/app/data/text_encoder.h"
#include "spout/app/options/command_line.h"
#include "spout/app/process/device.h"
#include "spout/app/process/say.h"
#include "spout/app/run/run_folder.h"
#include "spout/sparse/base/error.h"
#include "spout/sparse/files/data_folder.h"
#include "spout/sparse/files/features.h"
#include "spout/sparse/files/io/output_file.h"
#include "spout/sparse/files/predictions.h"
#include "spout/sparse/files/text/prediction_text.h"
#include "spout/sparse/files/text/xmc.h"
#include "spout/sparse/layout/entries.h"

namespace spout {
namespace {

constexpr CommandHelp kHelp{
    "spout convert IN OUT [options]",
    "Data: IN is DATA as for spout train. OUT is a .txt or .txt.gz file (XMLRepository text), a "
    "pair\n"
    "X.npz,Y.npz or X.pt,Y.pt (dense features: X.npy or X.pt), or FOLDER/, a data folder of .npy\n"
    "arrays. A data folder may be larger than memory, since training reads it from its files;\n"
    "XMLRepository and libsvm text goes there block by block.\n"
    "Matrices, such as predictions: IN and OUT are each one .npz (SciPy) or .pt (torch) file, or "
    "text\n"
    "of label:score. A network's own sparse output: IN is a pair I.npy,V.npy of indices and "
    "values\n"
    "[rows, k], and OUT is a matrix.\n"
    "Users and items (adjacency, pairs or CSV; a matrix with --format adjacency): OUT is "
    "adjacency\n"
    "text or one matrix, or with --split a folder of training and test parts.\n"
    "Documents (--format text) become tf-idf. Their vocabulary and the names of labels go into a\n"
    "folder beside OUT, X.names, by which --names converts further documents to the same columns.\n"
    "With --encoder FOLDER they become rows of a pretrained model, with --tokenizer alone tokens "
    "in "
    "a\n"
    "data folder.",
    "  spout convert train.txt.gz train_X.npz,train_Y.npz\n"
    "  spout convert predictions.pt predictions.npz --layout coo\n"
    "  spout convert predictions.txt predictions.pt --labels 1000\n"
    "  spout convert I.npy,V.npy predictions.npz --labels 1000 --out-of-range drop\n"
    "  spout convert ratings.csv.gz ml --split by-user --min-rating 4\n"
    "  spout convert titles.jsonl vectors.npy --encoder minilm"};

struct ConvertOptions {
  SparseLayout layout = SparseLayout::kCsr;
  int64_t labels = -1;  // L; -1: as IN says, or as its largest label needs
  bool force = false;
  DataOptions format{"auto", "none"};
  std::string names;    // a folder of names, see conversion_text_options()
  std::string encoder;  // a folder with a pretrained model; empty: none
  IndexValueFlags index_value;
  SplitOptions split;
  DeviceOptions device;
  GivenOptions given;  // the options on the command line
};

OptionList describe(ConvertOptions& o) {
  OptionGroup interactions{"users and items", rating_options(o.format)};
  return {
      {"convert",
       {layout_option(o.layout),
        Option{"labels", &o.labels, "L",
               "Number of labels (columns), for text that does not say it, and for I.npy,V.npy; -1 "
               "takes it from IN."}
            .in(-1, static_cast<double>(kMaxDimension)),
        format_option(o.format), normalize_option(o.format, {"none", "l2", "auto"}),
        Option{"force", &o.force, "", "Overwrites OUT."}}},
      {"columns and indices", layout_options(o.format)},
      interactions.add(split_options(o.split)),
      {"documents", conversion_text_options(o.format.text, o.names, o.encoder)},
      {"a network's indices and values", index_value_options(o.index_value)},
      {"run", device_options(o.device)}};
}

/// IN. A text is opened once, since a pipe cannot be opened again.
struct Input {
  std::string path;
  DataName name;
  std::unique_ptr<LineReader> text{};  // null if IN is no text
  bool has_interactions = false;
  PredictionNames predictions = PredictionNames::kNone;  // what a text of predictions holds

  bool is_index_value() const { return name.may_be_index_value(); }
};

/// OUT, which is known by its name alone; it need not exist.
struct Output {
  std::string path;
  DataName name;

  bool is_folder() const { return path.ends_with('/') || name.form == DataForm::kFolder; }
  /// Whether it is one file of dense features, which has no room for labels.
  bool is_dense() const { return name.form == DataForm::kMatrix && path.ends_with(".npy"); }
  bool is_pair() const { return name.form == DataForm::kMatrixPair; }
};

/// Whether DATA is one sparse matrix in a .npz or .pt file; a lone .npy holds dense features.
bool is_sparse_matrix(const DataName& name) {
  return name.form == DataForm::kMatrix && !name.first.ends_with(".npy");
}

/// Whether a text holds users and items.
bool holds_interactions(LineReader& text, const DataOptions& options) {
  try {
    return is_interactions(data_format(text, options, ""));
  } catch (const AmbiguousFormat&) {
    throw;
  } catch (const FileError&) {
    text.rewind();  // the reader of the data will report what is wrong
    return false;
  }
}

Input open_input(const std::string& path, const ConvertOptions& options) {
  Input in{path, parse_data_name(path)};
  if (in.name.form == DataForm::kText) {
    in.text = std::make_unique<LineReader>(path);
    in.has_interactions = holds_interactions(*in.text, options.format);
    if (options.format.format == "auto") in.predictions = prediction_names(*in.text);
  } else if (in.name.form == DataForm::kMatrix) {
    in.has_interactions = is_interactions(options.format.format);
  }
  return in;
}

/// Refuses the options for documents.
void refuse_text_options(const std::string& in, const char* is, const ConvertOptions& options) {
  refuse_text_flags(options.format.text, not_text(in, is));
  if (!options.names.empty()) throw UserError("--names: " + not_text(in, is));
}

Csr read_matrix(const Input& in, const ConvertOptions& options) {
  if (in.is_index_value()) {
    return read_index_value_files(in.path, options.labels, options.index_value);
  }
  if (in.text == nullptr) return read_matrix_file(in.path, options.labels);
  if (in.predictions == PredictionNames::kNone) {
    if (options.format.format == "auto") detect_format(*in.text);  // says what is wrong with it
    throw UserError(fmt::format(
        "{}: holds data, features and labels, which go to a pair X.npz,Y.npz or to text", in.path));
  }
  if (in.predictions == PredictionNames::kNames) {
    throw UserError(in.path +
                    ": names labels, but a matrix numbers them; spout predict writes a matrix");
  }
  return read_prediction_text(*in.text, options.labels);
}

void convert_matrix(const Input& in, const std::string& out, const ConvertOptions& options) {
  refuse_text_options(in.path, "one matrix", options);
  refuse_interaction_options(options.format);
  check_prediction_file(out, options.force);
  const Csr matrix = read_matrix(in, options);
  check_layout_memory(out, options.layout, matrix.cols);
  write_predictions(out, matrix, options.layout, options.force);
  fmt::print("{}: {} x {}, {} entries\n", out, matrix.rows, matrix.cols, matrix.nnz());
}

/// Writes X and Y. Errors other than a full disk are thrown before the first file appears.
void write_pair(const std::string& x_path, const std::string& y_path, const Dataset& data,
                const ConvertOptions& options) {
  if (x_path == y_path) {
    throw UserError(fmt::format("{}: features and target need a file each", x_path));
  }
  check_features_file(x_path, data.x, options.force);
  if (!is_sparse_matrix(parse_data_name(y_path))) {
    throw UserError(fmt::format("{}: the target goes to a .npz or .pt file", y_path));
  }
  check_output_file(y_path, options.force);
  if (data.x.is_sparse()) check_layout_memory(x_path, options.layout, data.x.cols());
  check_layout_memory(y_path, options.layout, data.y.cols);
  write_features(x_path, data.x, options.layout, options.force);
  write_predictions(y_path, data.y, options.layout, options.force);
}

/// Reads IN. If it is XMLRepository or libsvm text and OUT a data folder, the rows go to `folder`
/// block by block, and the data set that is returned has none.
Dataset read_data(const Input& in, const Output& out, const ConvertOptions& options,
                  DataSchema& learned, std::unique_ptr<DataFolderWriter>& folder) {
  ExpectedShape expected{-1, options.labels};
  expected.of = "option --labels";
  if (in.text == nullptr) {
    if (!options.names.empty()) throw UserError("--names: " + not_text(in.path, ""));
    return read_dataset(in.path, options.format, expected, &learned);
  }
  if (!options.names.empty()) {
    DataOptions format = options.format;
    const RunFolder run(options.names);
    DataSchema schema;
    if (!run.has_run()) {
      schema = load_schema(options.names, "text");
    } else {
      const TrainOptions of_run = run.read_options();
      schema = read_schema(run, of_run);
      if (schema.encoder != nullptr) {
        schema.encoder->compute_on(set_up_device(options.device), of_run.device.precision);
      }
      if (!options.given.has("normalize")) {
        format.normalize = of_run.data.normalize;
        say("{}: rows are scaled as in the run, --normalize {}\n", in.path, format.normalize);
      }
    }
    return read_named_documents(*in.text, format, options.names, std::move(schema), learned);
  }
  if (!out.is_folder()) return read_dataset(*in.text, options.format, expected, &learned);
  return read_dataset(*in.text, options.format, expected, &learned, [&](const TextData& block) {
    if (folder == nullptr) {
      folder = std::make_unique<DataFolderWriter>(out.path, FeatureKind::kSparse, options.force);
    }
    folder->append(block.x, block.y);
  });
}

void check_data(const Input& in, const Output& out, const Dataset& data, const DataSchema& learned,
                const ConvertOptions& options) {
  const bool is_text = !learned.text.empty();
  if (is_text && options.names.empty() && data.y.nnz() == 0 && !out.is_dense()) {
    throw UserError(fmt::format(
        "{}: expected documents with labels, found none among {} (a label stands before a tab, or "
        "in \"labels\" of JSON); --names converts documents without labels",
        in.path, data.rows()));
  }
  if (options.names.empty() && !is_text) {
    refuse_text_flags(options.format.text, not_text(in.path, learned.format));
  }
  if (options.labels >= 0 && (is_text || !options.names.empty())) {
    throw UserError("--labels: documents say themselves which labels they have");
  }
  if (data.x.unit_rows) {
    throw UserError("--normalize: " + in.path +
                    " is a data folder, whose rows are taken as they are");
  }
  if (data.x.is_tokens() && !out.is_folder()) {
    throw UserError(in.path +
                    ": tokens are not a matrix, they go to a data folder (OUT/); --text-input "
                    "tfidf makes one");
  }
}

/// Writes data that are in memory as a whole.
void write_data(const Output& out, const Dataset& data, const ConvertOptions& options) {
  if (out.is_folder()) {
    write_data_folder(out.path, data, options.force);
  } else if (out.is_pair()) {
    write_pair(out.name.first, out.name.second, data, options);
  } else if (out.is_dense() && data.x.dense.defined()) {
    write_features(out.path, data.x, options.layout, options.force);
  } else if (is_text_name(out.path)) {
    if (!data.x.is_sparse() || data.x.hidden.defined()) {
      throw UserError(fmt::format("{}: dense features go to a pair X.npy,Y.npz", out.path));
    }
    Csr y = data.y;
    const int64_t zeros = drop_zeros(y);
    if (zeros > 0) say("{}: {} explicit zeros of the target were left out\n", out.path, zeros);
    write_xmc(out.path, data.x.sparse, y, options.force);
  } else {
    throw UserError(fmt::format(
        "{}: expected a .txt or .txt.gz file, a pair X.npz,Y.npz or a folder/", out.path));
  }
}

void convert_data(const Input& in, const Output& out, const ConvertOptions& options) {
  DataSchema learned;
  std::unique_ptr<DataFolderWriter> folder;  // receives rows while they are read; else null
  const Dataset data = read_data(in, out, options, learned, folder);
  check_data(in, out, data, learned, options);
  const bool has_names = !learned.text.empty() && !out.is_dense();
  if (has_names) check_names_folder(out.path, options.force);
  if (folder != nullptr) {
    folder->commit(data.x.cols(), data.y.cols);
  } else {
    write_data(out, data, options);
  }
  if (has_names) write_names_folder(out.path, learned);
  const int64_t rows = folder != nullptr ? folder->rows() : data.rows();
  fmt::print("{}: {} rows, {} features, {} labels\n", out.path, rows, data.x.cols(), data.y.cols);
}

Interactions read_users_and_items(const Input& in, const ConvertOptions& options) {
  return in.text == nullptr ? read_interactions(in.path, options.format)
                            : read_interactions(*in.text, options.format);
}

void convert_interactions(const Input& in, const std::string& out, const ConvertOptions& options) {
  refuse_text_options(in.path, "users and items", options);
  if (options.labels >= 0) {
    throw UserError("--labels: users and items say themselves which items they have");
  }
  const bool to_text = !options.split.split.empty() || is_text_name(out);
  if (to_text && options.format.ratings == Ratings::kValues) {
    throw UserError("--ratings values: adjacency text has none; a .npz or .pt file does");
  }
  const Interactions read =
      with_enough_items(read_users_and_items(in, options), options.split, in.path);
  if (!options.split.split.empty()) {
    SplitOptions split = options.split;
    split.min_rating = options.format.min_rating;
    write_split(out, read, split, in.path, options.force);
  } else {
    write_interactions(out, read, options.layout, options.force);
  }
}

void check_options(const Input& in, const Output& out, const ConvertOptions& options) {
  if (!in.is_index_value() && options.index_value != IndexValueFlags()) {
    throw UserError("--round, --out-of-range and --duplicates are for a pair I.npy,V.npy");
  }
  if (in.is_index_value() && out.is_pair()) {
    throw UserError(fmt::format(
        "{}: indices and values are one matrix; expected one file, found a pair", out.path));
  }
  if (options.format.text.encoder != nullptr && !out.is_pair() && is_sparse_matrix(out.name)) {
    throw UserError(fmt::format(
        "{}: documents become rows and labels; expected a pair X.npy,Y.npz, a folder, or X.npy for "
        "the encoder's rows alone",
        out.path));
  }
  const bool one_matrix =
      (is_sparse_matrix(in.name) && !in.has_interactions) || in.is_index_value();
  if (one_matrix && !out.is_pair() &&
      (options.format.format != "auto" || options.format.normalize != "none")) {
    throw UserError("--format and --normalize are for data; this is one matrix");
  }
}

}  // namespace

void run_convert(const std::vector<std::string>& arguments) {
  ConvertOptions options;
  const OptionList list = describe(options);
  if (wants_help(arguments)) {
    fmt::print("{}{}", help_text(kHelp, list), formats_help());
    return;
  }
  const auto [words, given] = parse_command_line(list, 2, arguments);
  options.given = given;
  check_values(list);
  set_up_device(options.device);
  if (words.size() != 2) throw UserError("IN and OUT are needed; see spout convert --help");
  check_split_options(options.split);
  load_conversion_encoder(options.format, options.encoder, options.device);
  const Input in = open_input(words[0], options);
  const Output out{words[1], parse_data_name(words[1])};
  check_options(in, out, options);
  const bool interactions = !out.is_pair() && in.has_interactions;
  const bool splits = !options.split.split.empty();
  if (!interactions && (splits || options.split.min_items > 0)) {
    throw UserError(fmt::format("--{}: {} does not hold users and items (say so with --format)",
                                splits ? "split" : "min-items", in.path));
  }
  const bool is_data = out.is_pair() || (!in.is_index_value() && !is_sparse_matrix(in.name) &&
                                         !is_sparse_matrix(out.name));
  if (interactions) {
    convert_interactions(in, out.path, options);
  } else if (is_data) {
    convert_data(in, out, options);
  } else {
    convert_matrix(in, out.path, options);
  }
}

}  // namespace spout
