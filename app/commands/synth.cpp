// spout synth: makes data with a planted structure.
#include <fmt/format.h>

#include <filesystem>

#include "spout/app/commands/command.h"
#include "spout/app/data/synthetic_data.h"
#include "spout/app/options/command_line.h"
#include "spout/app/process/device.h"
#include "spout/sparse/files/io/output_file.h"
#include "spout/sparse/files/numpy/npz.h"
#include "spout/sparse/files/text/xmc.h"

namespace spout {
namespace {

constexpr CommandHelp kHelp{
    "spout synth --rows N --features D --labels L --seed S --output DIR [options]",
    "Makes data that a model can learn. Every label has a few features of its own, which most "
    "rows\n"
    "with the label hold, beside noise; label frequencies follow Zipf's law. Writes DIR/train.txt "
    "and\n"
    "DIR/test.txt (XMLRepository text), or with --values real DIR/train_X.npz, train_Y.npz,\n"
    "test_X.npz and test_Y.npz, where the target's values depend on those of the features.",
    "  spout synth --rows 2000 --features 1000 --labels 500 --seed 1 --output data\n"
    "  spout synth --rows 5000 --features 800 --labels 1000 --values real --density "
    "0.01 --output data"};

constexpr int64_t kMostSynthesized = int64_t{1} << 32;  // the most rows, features or labels

void check(const SynthOptions& options, int64_t test_rows, const std::string& output) {
  if (output.empty()) throw UserError("--output DIR is needed; see spout synth --help");
  for (const auto& [name, count] : {std::pair{"rows", options.rows},
                                    {"test-rows", test_rows},
                                    {"features", options.features},
                                    {"labels", options.labels}}) {
    if (count >= 1 && count <= kMostSynthesized) continue;
    throw UserError(fmt::format("--{}: expected 1 to {}, found {}", name, kMostSynthesized, count));
  }
  if (!(options.density >= 0.0 && options.density <= 0.5)) {
    throw UserError(
        fmt::format("--density: expected a number from 0 to 0.5, found {}", options.density));
  }
}

/// The files of a part, X and Y or one text.
///   base  the path of the part, DIR/train or DIR/test
std::vector<std::string> files_of(const std::string& base, bool real) {
  if (real) return {base + "_X.npz", base + "_Y.npz"};
  return {base + ".txt"};
}

void write(const std::string& base, const Dataset& data, bool real, bool force) {
  const std::vector<std::string> files = files_of(base, real);
  if (real) {
    write_npz(files[0], data.x.sparse, SparseLayout::kCsr, force);
    write_npz(files[1], data.y, SparseLayout::kCsr, force);
  } else {
    write_xmc(files[0], data.x.sparse, data.y, force);
  }
  fmt::print("{}{}: {} rows, {} labels, {:.2f} a row\n", base, real ? "_{X,Y}.npz" : ".txt",
             data.rows(), data.y.cols,
             static_cast<double>(data.y.nnz()) / static_cast<double>(data.rows()));
}

}  // namespace

void run_synth(const std::vector<std::string>& arguments) {
  SynthOptions options;
  int64_t test_rows = 0;
  std::string values = "binary";
  std::string output;
  bool force = false;
  OptionList list{
      {"data",
       {Option{"rows", &options.rows, "N", "Training examples, 1 to 4294967296 (2^32)."},
        Option{"test-rows", &test_rows, "N",
               "Test examples, as many at most; 0 makes a fifth of --rows."},
        Option{"features", &options.features, "D", "Columns of X, 1 to 2^32."},
        Option{"labels", &options.labels, "L", "Columns of Y, 1 to 2^32."},
        Option{"values", &values, "KIND", "Whether the target holds ones or real values."}.one_of(
            {"binary", "real"}),
        Option{
            "density", &options.density, "F",
            "Share of the entries of Y that are not zero, up to 0.5; a row has at least one label. "
            "0 makes five labels a row, but at most half of all."},
        Option{"seed", &options.seed, "S", "Seed of the data."},
        Option{"output", &output, "DIR", "Folder for the files; it is created."},
        Option{"force", &force, "", "Overwrites the files."}}}};
  DeviceOptions device;
  list.push_back({"run", device_options(device)});
  if (wants_help(arguments)) {
    fmt::print("{}", help_text(kHelp, list));
    return;
  }
  parse_command_line(list, 0, arguments);
  check_values(list);
  set_up_device(device);
  if (test_rows == 0) test_rows = std::max<int64_t>(options.rows / 5, 1);
  check(options, test_rows, output);
  std::error_code error;
  std::filesystem::create_directories(output, error);
  if (error)
    throw UserError(fmt::format("{}: cannot make this folder: {}", output, error.message()));
  options.real_values = values == "real";
  const std::string train = output + "/train";
  const std::string test = output + "/test";
  for (const std::string& base : {train, test}) {
    for (const std::string& file : files_of(base, options.real_values))
      check_output_file(file, force);
  }
  write(train, synthesize(options, 0, options.rows), options.real_values, force);
  write(test, synthesize(options, options.rows, test_rows), options.real_values, force);
}

}  // namespace spout
