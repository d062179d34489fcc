// spout inspect: shows what is in a data file, a run or a prediction file.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "spout/app/commands/command.h"
#include "spout/app/data/matrix_file.h"
#include "spout/app/options/command_line.h"
#include "spout/app/process/device.h"
#include "spout/app/process/memory.h"
#include "spout/app/run/memory_need.h"
#include "spout/app/run/model_choice.h"
#include "spout/app/run/run_folder.h"
#include "spout/models/fitted/blend.h"
#include "spout/models/model_table.h"
#include "spout/sparse/files/io/line_reader.h"
#include "spout/sparse/files/predictions.h"
#include "spout/sparse/files/text/prediction_text.h"

namespace spout {
namespace {

constexpr CommandHelp kHelp{"spout inspect (DATA | RUN | PREDICTIONS) [--row I]",
                            "Shows what is in a file or a folder. Data: shapes, densities, label "
                            "frequencies, and the memory\n"
                            "that each model would need to train. A run: its data, its options and "
                            "the shapes of its weights.\n"
                            "Predictions (.pt, .npz, .txt of label:score): shape, density and "
                            "range of scores. --row prints\n"
                            "the labels and scores of one row of data or predictions, best first.",
                            "  spout inspect train.txt.gz\n"
                            "  spout inspect predictions.npz --row 3"};

struct InspectOptions {
  int64_t row = -1;
  DataOptions format{"auto", "none"};
};

void print(std::string_view what, const std::string& value) {
  fmt::print("{:<22} {}\n", what, value);
}

std::string shape_text(int64_t rows, int64_t cols) {
  return fmt::format("{} x {}", rows, cols);
}

std::string density_text(const Csr& matrix) {
  const double cells = static_cast<double>(matrix.rows) * static_cast<double>(matrix.cols);
  return fmt::format("{} ({:.4g} % of all entries)", matrix.nnz(),
                     cells == 0.0 ? 0.0 : 100.0 * static_cast<double>(matrix.nnz()) / cells);
}

void print_row_lengths(const char* what, const Csr& matrix) {
  int64_t longest = 0;
  int64_t empty = 0;
  for (int64_t row = 0; row < matrix.rows; ++row) {
    const auto length = static_cast<int64_t>(matrix.row_columns(row).size());
    longest = std::max(longest, length);
    empty += length == 0 ? 1 : 0;
  }
  const auto rows = static_cast<double>(std::max<int64_t>(matrix.rows, 1));
  print(what, fmt::format("{:.2f} on average, at most {}, {} rows with none",
                          static_cast<double>(matrix.nnz()) / rows, longest, empty));
}

/// Prints the entries of a row by falling value, by name if labels have names.
void print_row(const Csr& matrix, int64_t row, const Vocabulary& names) {
  if (row >= matrix.rows) {
    throw UserError(fmt::format("--row: expected a row below {}, found {}", matrix.rows, row));
  }
  const auto columns = matrix.row_columns(row);
  const auto values = matrix.row_values(row);
  std::vector<std::pair<float, int64_t>> entries;
  entries.reserve(columns.size());
  for (size_t i = 0; i < columns.size(); ++i)
    entries.emplace_back(-values[i], columns[i]);
  std::sort(entries.begin(), entries.end());
  for (const auto& [negated, column] : entries) {
    if (column < names.size()) fmt::print("{}:{:.6g}\n", names.name(column), -negated);
    if (column >= names.size()) fmt::print("{}:{:.6g}\n", column, -negated);
  }
}

/// The counts of the labels that occur, ascending. Labels that never occur are left out, because a
/// file of a few bytes can claim any number of them.
std::vector<int64_t> counts_of_used(const Csr& y) {
  const auto* column = y.col.const_data_ptr<int64_t>();
  std::vector<int64_t> labels(column, column + y.nnz());
  std::sort(labels.begin(), labels.end());
  std::vector<int64_t> counts;
  for (size_t i = 0; i < labels.size(); ++i) {
    if (i == 0 || labels[i] != labels[i - 1]) counts.push_back(0);
    ++counts.back();
  }
  std::sort(counts.begin(), counts.end());
  return counts;
}

void print_label_frequencies(const Csr& y) {
  if (y.cols == 0) return;
  const std::vector<int64_t> counts = counts_of_used(y);
  const int64_t unused = y.cols - std::ssize(counts);
  const auto up_to = [&](int64_t limit) {
    return unused + (std::upper_bound(counts.begin(), counts.end(), limit) - counts.begin());
  };
  print("label frequencies",
        fmt::format("{} labels never occur, {} at most 5 times, {} at most 50; the commonest {}",
                    unused, up_to(5), up_to(50), counts.empty() ? 0 : counts.back()));
}

/// Describes data.
///   text  null if they are no text
void inspect_data(const std::string& name, LineReader* text, const InspectOptions& options) {
  DataSchema schema;
  const Dataset data = text == nullptr ? read_dataset(name, options.format, {}, &schema)
                                       : read_dataset(*text, options.format, {}, &schema);
  if (options.row >= 0) {
    print_row(data.y, options.row, schema.labels);
    return;
  }
  if (!schema.text.empty()) print("text", text_features_line(schema));
  print("features", shape_text(data.rows(), data.x.cols()));
  if (data.x.is_sparse()) {
    print("  non-zeros", density_text(data.x.sparse));
    print_row_lengths("  a row", data.x.sparse);
  } else if (data.x.is_tokens()) {
    print("  tokens", fmt::format("{} in all, {:.2f} a row on average", data.x.tokens.ids.numel(),
                                  features_per_row(data)));
  } else {
    print("  dense", bytes_text(static_cast<double>(data.x.dense.nbytes())));
  }
  print("labels", shape_text(data.y.rows, data.y.cols));
  print("  non-zeros", density_text(data.y));
  print_row_lengths("  a row", data.y);
  print_label_frequencies(data.y);
  const ModelShape shape{data.x.cols(), data.y.cols, data.x.kind(), data.x.hidden_cols(),
                         data.x.tokens.numbers};
  for (const ModelInfo& info : model_table()) {
    if (!reads(info, shape) || info.reads == Reads::kAny) continue;  // kAny needs --encoder
    if (!learns_from(info, schema.has_interactions())) continue;
    TrainOptions defaults;
    defaults.model = info.name;
    settle_model(defaults);
    print(
        fmt::format("to train {}", info.name),
        memory_text(memory_need(defaults,
                                {{shape, data.rows(), features_per_row(data), labels_per_row(data)},
                                 data.x.is_sparse(),
                                 longest_row(data.x.tokens),
                                 size_bytes(data)},
                                at::kCPU)));
  }
  print("free memory", bytes_text(available_memory()));
}

void inspect_run(const std::string& path) {
  const TrainedModel trained = load_trained_model(path, at::kCPU);
  const TrainOptions& options = trained.options;
  print("run", path);
  print("trained on", options.train);
  if (!trained.schema.text.empty()) print("text", text_features_line(trained.schema));
  print("model", fmt::format("{}: {} features -> {} labels", options.model, trained.shape.features,
                             trained.shape.labels));
  const ModelInfo& info = find_model(options.model);
  const bool is_fitted = info.fit != nullptr;
  const bool has_fitted_part = is_fitted || info.is_blend();
  if (info.is_blend()) {
    print("blend", fmt::format("{} + {} {}", info.parts.fitted, blend_weight(*trained.model),
                               info.parts.network));
  }
  int64_t weights = 0;
  double bytes = 0;
  // What is fitted may be buffers, among others that are no weights.
  for (const auto& [name, tensor] :
       has_fitted_part ? named_tensors(*trained.model) : named_parameters(*trained.model)) {
    if (has_fitted_part && !name.ends_with("weight") && !name.ends_with("bias")) continue;
    weights += tensor.numel();
    bytes += static_cast<double>(tensor.nbytes());
    print("  " + name, tensor.dim() == 2 ? shape_text(tensor.size(0), tensor.size(1))
                                         : fmt::format("{}", tensor.numel()));
  }
  print("weights", fmt::format("{} ({})", weights, bytes_text(bytes)));
  if (is_fitted) {
    print("fitted", "at once, without an optimizer");
    return;
  }
  print("loss, optimizer",
        fmt::format("{}, {} at {}", options.loss, options.optimizer, options.lr));
}

void inspect_predictions(const Csr& matrix, const Vocabulary& names,
                         const InspectOptions& options) {
  if (options.row >= 0) {
    print_row(matrix, options.row, names);
    return;
  }
  print("matrix", shape_text(matrix.rows, matrix.cols));
  print("  non-zeros", density_text(matrix));
  print_row_lengths("  a row", matrix);
  if (matrix.nnz() > 0) {
    print("  values", fmt::format("{:.6g} to {:.6g}", matrix.values.min().item<float>(),
                                  matrix.values.max().item<float>()));
  }
}

/// Inspects a text: predictions if its first lines are name:score throughout, else data.
void inspect_text(const std::string& path, const InspectOptions& options) {
  LineReader text(path);
  const PredictionNames found =
      options.format.format == "auto" ? prediction_names(text) : PredictionNames::kNone;
  const bool is_data = found == PredictionNames::kNone || found == PredictionNames::kNothing;
  if (is_data) return inspect_data(path, &text, options);
  Vocabulary names;
  const bool by_name = found == PredictionNames::kNames;
  const Csr matrix = by_name ? read_named_prediction_text(text, names) : read_prediction_text(text);
  inspect_predictions(matrix, names, options);
}

}  // namespace

void run_inspect(const std::vector<std::string>& arguments) {
  InspectOptions options;
  OptionList list{{"inspect",
                   {Option{"row", &options.row, "I", "Shows row I, counted from 0; -1 shows none."},
                    format_option(options.format)}}};
  list.front().add(layout_options(options.format));
  DeviceOptions device;
  list.push_back({"run", device_options(device)});
  if (wants_help(arguments)) {
    fmt::print("{}{}", help_text(kHelp, list), formats_help());
    return;
  }
  const std::vector<std::string> words = parse_command_line(list, 1, arguments).words;
  check_values(list);
  set_up_device(device);
  if (words.empty())
    throw UserError("DATA, a run folder or a prediction file is needed; see spout inspect --help");
  const std::string& name = words.front();
  if (options.row < -1) throw UserError("--row: expected a row, counted from 0");
  const DataName data = parse_data_name(name);
  const bool is_sparse = data.form == DataForm::kMatrix && !name.ends_with(".npy");
  if (std::filesystem::is_directory(name) && data.form != DataForm::kFolder) {
    if (options.row >= 0) throw UserError("--row is for data and predictions; this is a run");
    inspect_run(name);
  } else if (is_sparse && !is_interactions(options.format.format)) {
    inspect_predictions(read_matrix_file(name), {}, options);
  } else if (data.form == DataForm::kText) {
    inspect_text(name, options);
  } else {
    inspect_data(name, nullptr, options);
  }
}

}  // namespace spout
