#include "app/index_value_files.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include "app/data_source.h"
#include "app/say.h"
#include "sparse/files/npy.h"

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
  return {{"round", &flags.round, "HOW", choices(kIndexRoundings) + ", of I's indices"},
          {"out-of-range", &flags.out_of_range, "HOW",
           choices(kOutOfRangePolicies) + ": indices outside [0, L)"},
          {"duplicates", &flags.duplicates, "HOW",
           choices(kDuplicatePolicies) + ": a row's pairs with one index"}};
}

bool is_index_value_pair(const std::string& name) {
  const auto [first, second] = split_data_pair(name);
  return first.ends_with(".npy") && second.ends_with(".npy");
}

Csr read_index_value_files(const std::string& name, int64_t num_labels,
                           const IndexValueFlags& flags) {
  if (num_labels < 0) {
    throw UserError(fmt::format("{}: --labels L is needed, the width of the matrix", name));
  }
  IndexValueOptions options;
  options.num_labels = num_labels;
  options.rounding = choose(kIndexRoundings, "round", flags.round).value;
  options.out_of_range = choose(kOutOfRangePolicies, "out-of-range", flags.out_of_range).value;
  options.duplicates = choose(kDuplicatePolicies, "duplicates", flags.duplicates).value;
  options.name = name;
  const auto [first, second] = split_data_pair(name);
  const at::Tensor indices = read_indices(first);
  const at::Tensor values = read_values(second);
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
