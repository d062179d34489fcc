// spout synth: data with a planted structure.
#include <fmt/format.h>

#include <filesystem>

#include "app/commands/command.h"
#include "app/device.h"
#include "app/options/command_line.h"
#include "app/synthetic_data.h"
#include "sparse/files/npz.h"
#include "sparse/files/output_file.h"
#include "sparse/files/xmc.h"

namespace spout {
namespace {

constexpr CommandHelp kHelp{
    "spout synth --rows N --features D --labels L --seed S --output DIR [options]",
    "Makes data that a model can learn: every label plants its own few features in the rows that\n"
    "have it, among noise; label frequencies follow Zipf's law. Writes DIR/train.txt and\n"
    "DIR/test.txt, or with --values real DIR/train_X.npz, train_Y.npz, test_X.npz and test_Y.npz,\n"
    "where the target's values depend on the features.",
    "  spout synth --rows 2000 --features 1000 --labels 500 --seed 1 --output data\n"
    "  spout synth --rows 5000 --features 800 --labels 1000 --values real --density "
    "0.01 --output data"};

constexpr int64_t kMostSynthesized = int64_t{1} << 32;  // rows, features or labels

void check(const SynthOptions& options, int64_t test_rows, const std::string& values,
           const std::string& output) {
  if (output.empty()) throw UserError("--output DIR is needed; see --help");
  if (values != "binary" && values != "real") {
    throw UserError(fmt::format("--values: expected binary or real, found '{}'", values));
  }
  for (const auto& [name, count] : {std::pair{"rows", options.rows},
                                    {"test-rows", test_rows},
                                    {"features", options.features},
                                    {"labels", options.labels}}) {
    if (count >= 1 && count <= kMostSynthesized) continue;
    throw UserError(fmt::format("--{}: expected 1 to {}, found {}", name, kMostSynthesized, count));
  }
  if (options.density <= 0.0 || options.density > 0.5) {
    throw UserError(fmt::format("--density: expected a number above 0 and up to 0.5, found {}",
                                options.density));
  }
}

/// The files of a part, "train" or "test": X and Y, or one text.
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
  OptionList list{{"data",
                   {{"rows", &options.rows, "N", "training examples"},
                    {"test-rows", &test_rows, "N", "test examples; 0: a fifth of --rows"},
                    {"features", &options.features, "D", "columns of X"},
                    {"labels", &options.labels, "L", "columns of Y"},
                    {"values", &values, "KIND", "binary|real: what the target holds"},
                    {"density", &options.density, "F", "share of entries of Y that are not zero"},
                    {"seed", &options.seed, "S", "another seed makes other data"},
                    {"output", &output, "DIR", "folder for the files; made here"},
                    {"force", &force, "", "overwrite files"}}}};
  DeviceOptions device;
  list.push_back({"run", device_options(device)});
  if (wants_help(arguments)) {
    fmt::print("{}", help_text(kHelp, list));
    return;
  }
  parse_command_line(list, 0, arguments);
  set_up_device(device);
  if (test_rows == 0) test_rows = std::max<int64_t>(options.rows / 5, 1);
  check(options, test_rows, values, output);
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
