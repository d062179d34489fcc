// spout convert: the same data, or the same matrix, in another format.
#include <fmt/format.h>

#include "app/commands/command.h"
#include "app/data_source.h"
#include "app/device.h"
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
    "files, such as predictions.",
    "  spout convert train.txt.gz train_X.npz,train_Y.npz\n"
    "  spout convert predictions.pt predictions.npz"};

bool is_matrix(const std::string& name) {
  return (name.ends_with(".npz") || name.ends_with(".pt")) && name.find(',') == std::string::npos;
}

void convert_matrix(const std::string& in, const std::string& out, bool force) {
  const Csr matrix = read_predictions(in);
  write_predictions(out, matrix, SparseLayout::kCsr, force);
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
  DataOptions format;
  format.normalize = "none";
  bool force = false;
  OptionList list{{"convert",
                   {format_option(format),
                    {"normalize", &format.normalize, "HOW", "none|l2|auto"},
                    {"force", &force, "", "overwrite OUT"}}}};
  DeviceOptions device;
  list.push_back({"run", device_options(device)});
  if (wants_help(arguments)) {
    fmt::print("{}", help_text(kHelp, list));
    return;
  }
  const std::vector<std::string> words = parse_command_line(list, 2, arguments);
  set_up_device(device);
  if (words.size() != 2) throw UserError("IN and OUT are needed; see --help");
  if (is_matrix(words[0])) {
    convert_matrix(words[0], words[1], force);
  } else {
    convert_data(words[0], words[1], format, force);
  }
}

}  // namespace spout
