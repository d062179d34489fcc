// Predictions as text: a row per line, `label:score label:score ...` by falling score. An empty
// line is an empty row. Made for people and for diff; .npz and .pt are smaller and faster.
#pragma once

#include <cstdint>
#include <string>

#include "sparse/files/line_reader.h"
#include "sparse/layout/csr.h"

namespace spout {

/// Writes every row; gzip for "*.gz". Errors as OutputFile.
void write_prediction_text(const std::string& path, const Csr& matrix, bool overwrite = false);

/// Reads it back.
///   cols       of the matrix; what the labels need where negative
///   throws FileError "path:line: expected ..., found ..."
Csr read_prediction_text(LineReader& reader, int64_t cols = -1);

}  // namespace spout
