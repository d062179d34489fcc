// spout convert: the same data, or the same matrix, in another format.
#include <fmt/format.h>

#include "app/commands/command.h"
#include "app/data_source.h"
#include "app/device.h"
#include "app/index_value_files.h"
#include "app/options/command_line.h"
#include "sparse/files/npy.h"
#include "sparse/files/npz.h"
#include "sparse/files/output_file.h"
#include "sparse/files/predictions.h"
#include "sparse/files/xmc.h"

namespace spout {
namespace {

constexpr CommandHelp kHelp{
    "spout convert IN OUT [--force]",
    "Data: IN is DATA as for train; OUT is a .txt or .txt.gz file (XMLRepository text) or a pair\n"
    "X.npz,Y.npz (X.npy,Y.npz where features are dense). Matrices: IN and OUT are .npz or .pt\n"
    "files, such as predictions. A network's own sparse output: IN is a pair I.npy,V.npy, indices\n"
    "and values [rows, k], OUT a matrix with --labels columns.",
    "  spout convert train.txt.gz train_X.npz,train_Y.npz\n"
    "  spout convert predictions.pt predictions.npz\n"
    "  spout convert I.npy,V.npy predictions.npz --labels 1000 --out-of-range drop"};

struct ConvertOptions {
  int64_t labels = -1;  // -1: what IN needs
  bool force = false;
  DataOptions format{"auto", "none"};
  IndexValueFlags index_value;
  DeviceOptions device;
};

OptionList describe(ConvertOptions& o) {
  OptionGroup index_value{"of index-value pairs",
                          {{"labels", &o.labels, "L", "columns of the matrix; -1: not given"}}};
  for (Option& option : index_value_options(o.index_value))
    index_value.options.push_back(std::move(option));
  return {{"convert",
           {format_option(o.format),
            {"normalize", &o.format.normalize, "HOW", "none|l2|auto"},
            {"force", &o.force, "", "overwrite OUT"}}},
          index_value,
          {"run", device_options(o.device)}};
}

bool is_matrix(const std::string& name) {
  return (name.ends_with(".npz") || name.ends_with(".pt")) && name.find(',') == std::string::npos;
}

void convert_matrix(const std::string& in, const std::string& out, const ConvertOptions& options) {
  check_prediction_file(out, options.force);
  const Csr matrix = is_index_value_pair(in)
                         ? read_index_value_files(in, options.labels, options.index_value)
                         : read_predictions(in, options.labels);
  write_predictions(out, matrix, SparseLayout::kCsr, options.force);
  fmt::print("{}: {} x {}, {} entries\n", out, matrix.rows, matrix.cols, matrix.nnz());
}

/// Both files appear, or (full disks aside) an error is thrown before the first does.
void write_pair(const std::string& x_path, const std::string& y_path, const Dataset& data,
                bool force) {
  if (data.x.is_sparse() != x_path.ends_with(".npz")) {
    throw UserError(fmt::format(
        "{}: these features are {}", x_path,
        data.x.is_sparse() ? "sparse and go to a .npz file" : "dense and go to a .npy file"));
  }
  check_output_file(y_path, force);
  if (data.x.is_sparse()) {
    write_npz(x_path, data.x.sparse, SparseLayout::kCsr, force);
  } else {
    write_npy(x_path, data.x.dense, force);
  }
  write_npz(y_path, data.y, SparseLayout::kCsr, force);
}

void convert_data(const std::string& in, const std::string& out, const DataOptions& format,
                  bool force) {
  const Dataset data = read_dataset(in, format);
  const auto [x_path, y_path] = split_data_pair(out);
  if (!y_path.empty()) {
    write_pair(x_path, y_path, data, force);
  } else if (out.ends_with(".txt") || out.ends_with(".txt.gz")) {
    if (!data.x.is_sparse()) {
      throw UserError(fmt::format("{}: dense features go to a pair X.npy,Y.npz", out));
    }
    write_xmc(out, data.x.sparse, data.y, force);
  } else {
    throw UserError(fmt::format("{}: expected a .txt or .txt.gz file or a pair X.npz,Y.npz", out));
  }
  fmt::print("{}: {} rows, {} features, {} labels\n", out, data.rows(), data.x.cols(), data.y.cols);
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
  if (!is_index_value_pair(words[0]) && options.index_value != IndexValueFlags()) {
    throw UserError("--round, --out-of-range and --duplicates are for a pair I.npy,V.npy");
  }
  if (is_matrix(words[0]) || is_index_value_pair(words[0])) {
    convert_matrix(words[0], words[1], options);
  } else {
    convert_data(words[0], words[1], options.format, options.force);
  }
}

}  // namespace spout
