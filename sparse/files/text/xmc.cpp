// XMLRepository text is a header and rows of LabeledRows.
#include "spout/sparse/files/text/xmc.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <array>

#include "spout/sparse/base/error.h"
#include "spout/sparse/base/numbers.h"
#include "spout/sparse/files/io/text_writer.h"

namespace spout {
namespace {

struct Header {
  int64_t rows = 0;
  RowLimits limits;
};

Header read_header(LineReader& reader) {
  const auto line = reader.next();
  if (!line) throw FileError(reader.path() + ": expected data, found an empty file");
  std::array<int64_t, 3> sizes = {};
  std::string_view rest = *line;
  bool valid = true;
  for (int64_t& size : sizes) {
    valid = valid && parse_int(take_word(rest), size) && size >= 0 && size <= kMaxDimension;
  }
  if (!valid || !take_word(rest).empty()) {
    throw bad_line(reader.path(), reader.line(),
                   "a header `rows features labels` of three counts, found " + in_quotes(*line));
  }
  return {sizes[0], {sizes[1], sizes[2], 0}};
}

void append_row(std::string& out, const Csr& x, const Csr& y, int64_t row) {
  bool first = true;
  for (const int64_t label : y.row_columns(row)) {
    if (!first) out += ',';
    first = false;
    append_number(out, label);
  }
  const auto features = x.row_columns(row);
  const auto values = x.row_values(row);
  if (features.empty() && first) out += ' ';
  for (size_t i = 0; i < features.size(); ++i) {
    out += ' ';
    append_number(out, features[i]);
    out += ':';
    append_number(out, values[i]);
  }
  out += '\n';
}

void check_ones(const Csr& y) {
  for (int64_t row = 0; row < y.rows; ++row) {
    for (const float value : y.row_values(row)) {
      TORCH_CHECK_VALUE(value == 1, "write_xmc: this text holds 0/1 targets, but row ", row,
                        " has the value ", value);
    }
  }
}

}  // namespace

TextData read_xmc(LineReader& reader, const RowSink& sink) {
  const Header header = read_header(reader);
  LabeledRows rows(reader.path(), header.limits, sink);
  while (const auto line = reader.next()) {
    if (rows.rows() < header.rows) {
      rows.add(*line, reader.line());
    } else if (!without_trailing_blanks(*line).empty()) {
      throw bad_line(
          reader.path(), reader.line(),
          fmt::format("the end after {} rows, as the header says, found another row", header.rows));
    }
  }
  if (rows.rows() < header.rows) {
    throw bad_line(reader.path(), reader.line(),
                   fmt::format("{} rows, as the header says, found {}", header.rows, rows.rows()));
  }
  return rows.finish(header.limits.num_features, header.limits.num_labels);
}

void write_xmc(const std::string& path, const Csr& x, const Csr& y, bool overwrite) {
  TORCH_CHECK_VALUE(x.rows == y.rows, "write_xmc: x has ", x.rows, " rows but y ", y.rows);
  check_ones(y);
  TextWriter writer(path, overwrite);
  writer.append(fmt::format("{} {} {}\n", x.rows, x.cols, y.cols));
  std::string line;
  for (int64_t row = 0; row < x.rows; ++row) {
    line.clear();
    append_row(line, x, y, row);
    writer.append(line);
  }
  writer.commit();
}

}  // namespace spout
