// The table of prediction formats, by the ending of the file's name.
#include "spout/sparse/files/predictions.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "spout/sparse/base/error.h"
#include "spout/sparse/files/io/output_file.h"
#include "spout/sparse/files/numpy/npz.h"
#include "spout/sparse/files/text/prediction_text.h"
#include "spout/sparse/files/torch/torch_file.h"

namespace spout {
namespace {

Csr read_npz_matrix(const std::string& path, int64_t /*cols*/, int64_t* summed) {
  NpzMatrix read = read_npz(path);
  if (summed != nullptr) *summed = read.summed;
  return std::move(read.matrix);
}

Csr read_torch_csr(const std::string& path, int64_t /*cols*/, int64_t* summed) {
  return read_torch_sparse(path, summed);
}

Csr read_text_matrix(const std::string& path, int64_t cols, int64_t* /*summed*/) {
  LineReader reader(path);
  return read_prediction_text(reader, cols);
}

struct PredictionFormat {
  std::string_view ending;
  void (*write)(const std::string&, const Csr&, SparseLayout, bool);  // null: text
  Csr (*read)(const std::string&, int64_t cols, int64_t* summed);
};

constexpr std::array<PredictionFormat, 4> kFormats = {{
    {".pt", write_torch_sparse, read_torch_csr},
    {".npz", write_npz, read_npz_matrix},
    {".txt", nullptr, read_text_matrix},
    {".txt.gz", nullptr, read_text_matrix},
}};

const PredictionFormat& format_of(const std::string& path) {
  for (const PredictionFormat& format : kFormats) {
    if (path.ends_with(format.ending)) return format;
  }
  throw FileError(path + ": expected a name that ends in .pt, .npz or .txt");
}

}  // namespace

bool is_text_name(const std::string& path) {
  return path.ends_with(".txt") || path.ends_with(".txt.gz");
}

void check_prediction_file(const std::string& path, bool overwrite) {
  format_of(path);
  check_output_file(path, overwrite);
}

void write_predictions(const std::string& path, const Csr& matrix, SparseLayout layout,
                       bool overwrite, const Vocabulary& names) {
  if (is_text_name(path)) return write_prediction_text(path, matrix, overwrite, names);
  format_of(path).write(path, matrix, layout, overwrite);
}

Csr read_predictions(const std::string& path, int64_t cols, int64_t* summed) {
  Csr matrix = format_of(path).read(path, cols, summed);
  if (cols >= 0 && matrix.cols != cols) {
    throw FileError(fmt::format("{}: expected {} columns, found {}", path, cols, matrix.cols));
  }
  return matrix;
}

}  // namespace spout
