// Predictions as text: a row per line, `label:score label:score ...` by falling score. Labels that
// have names are called by them, with tabs between, since names may hold blanks; what stands behind
// the last colon is the score. An empty line is an empty row. Made for people and for diff; .npz
// and .pt are smaller and faster.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sparse/files/line_reader.h"
#include "sparse/layout/csr.h"
#include "sparse/names/vocabulary.h"

namespace spout {

/// Appends a row's line, with its end. Where `names` is empty or ends before, a label is its
/// number.
void append_prediction_line(std::string& out, const Csr& matrix, int64_t row,
                            const Vocabulary& names = {});

/// Writes every row; gzip for "*.gz". Errors as OutputFile.
void write_prediction_text(const std::string& path, const Csr& matrix, bool overwrite = false,
                           const Vocabulary& names = {});

/// Whether a line with content can be one of predictions: of numbered labels, or also of named
/// ones.
bool is_numbered_prediction_line(std::string_view line);
bool is_prediction_line(std::string_view line);

/// Reads it back.
///   cols       of the matrix; what the labels need where negative
///   throws FileError "path:line: expected ..., found ..."
Csr read_prediction_text(LineReader& reader, int64_t cols = -1);

/// The same where labels have names; those that `names` does not know are added.
///   returns [n, names]
Csr read_named_prediction_text(LineReader& reader, Vocabulary& names);

}  // namespace spout
