#include "spout/app/data/index_value_files.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include "spout/app/data/data_name.h"
#include "spout/app/process/say.h"
#include "spout/sparse/files/numpy/npy.h"

namespace spout {
namespace {

at::Tensor read_indices(const std::string& path) {
  FileSource source(path);
  return read_npy_unrounded(source);
}

at::Tensor read_values(const std::string& path) {
  FileSource source(path);
  return read_npy_floats(source);
}

void print_report(const std::string& name, const IndexValueReport& report) {
  if (!report.any()) return;
  say("{}: {} indices rounded, {} dropped, {} clipped, {} duplicates merged, {} zeros left "
      "out\n",
      name, report.rounded, report.dropped, report.clipped, report.merged, report.zeros);
}

}  // namespace

std::vector<Option> index_value_options(IndexValueFlags& flags) {
  return {choice("round", flags.rounding, kIndexRoundings,
                 "How a fractional index becomes a label: to the nearest number, or down."),
          choice("out-of-range", flags.out_of_range, kOutOfRangePolicies,
                 "What to do with an index below 0 or not below L: refuse the file, drop the pair, "
                 "or take the nearest label."),
          choice("duplicates", flags.duplicates, kDuplicatePolicies,
                 "What to do with pairs of a row that have the same index: refuse the file, add "
                 "their values, or keep the largest or the last value.")};
}

Csr read_index_value_files(const std::string& name, int64_t num_labels,
                           const IndexValueFlags& flags) {
  if (num_labels < 0) {
    throw UserError(
        fmt::format("{}: --labels L is needed, the number of columns of the matrix", name));
  }
  IndexValueOptions options;
  options.num_labels = num_labels;
  options.rounding = flags.rounding;
  options.out_of_range = flags.out_of_range;
  options.duplicates = flags.duplicates;
  options.name = name;
  const DataName pair = parse_data_name(name);
  const at::Tensor indices = read_indices(pair.first);
  const at::Tensor values = read_values(pair.second);
  IndexValueReport report;
  Csr matrix;
  try {
    matrix = decode_index_value(indices, values, options, &report);
  } catch (const c10::IndexError& error) {
    throw UserError(error.what_without_backtrace());
  }
  print_report(name, report);
  return matrix;
}

}  // namespace spout
