// XMLRepository text: a header `rows features labels`, then `l1,l2 f:v f:v` per row, all 0-based.
// http://manikvarma.org/downloads/XC/XMLRepository.html describes it. A row without labels begins
// with a blank, or with its first feature; an empty line is an empty row.
#pragma once

#include <string>

#include "sparse/files/labeled_rows.h"
#include "sparse/files/line_reader.h"

namespace spout {

/// Reads all rows, from the reader's first line on.
///   sink  null, or takes the rows over: see LabeledRows
///   throws FileError "path:line: expected ..., found ..." on a header, a row or a count that is
///   off
TextData read_xmc(LineReader& reader, const RowSink& sink = nullptr);

/// Writes features and labels so that read_xmc gives back the same numbers; gzip for "*.gz".
///   x [n, D]     y [n, L], all values 1
///   throws ValueError on row counts that differ and on other target values, FileError on the file
void write_xmc(const std::string& path, const Csr& x, const Csr& y, bool overwrite = false);

}  // namespace spout
