// XMLRepository text: a header `rows features labels`, then `l1,l2 f:v f:v` per row, all 0-based.
// A row without labels begins with a blank or its first feature; an empty line is an empty row.
// http://manikvarma.org/downloads/XC/XMLRepository.html describes the format.
#pragma once

#include <string>

#include "spout/sparse/files/io/line_reader.h"
#include "spout/sparse/files/text/labeled_rows.h"

namespace spout {

/// Reads the header and all rows, from the reader's first line on.
///   sink  null, or takes the rows over: see LabeledRows
///   throws FileError "path:line: expected ..., found ..." on a wrong header, row or count
TextData read_xmc(LineReader& reader, const RowSink& sink = nullptr);

/// Writes features and labels so that read_xmc() returns the same numbers; compressed for "*.gz".
///   x [n, D]     y [n, L], all values 1
///   throws ValueError on row counts that differ and on other target values, FileError on the file
void write_xmc(const std::string& path, const Csr& x, const Csr& y, bool overwrite = false);

}  // namespace spout
