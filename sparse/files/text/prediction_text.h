// Predictions as text: a row per line, `label:score label:score ...` by falling score. Labels with
// names are written by name and separated by tabs, since names may hold blanks; the score follows
// the last colon of a field. An empty line is an empty row. The form is for people and for diff;
// .npz and .pt are smaller and faster.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "spout/sparse/base/vocabulary.h"
#include "spout/sparse/files/io/line_reader.h"
#include "spout/sparse/layout/csr.h"

namespace spout {

/// Appends a row's line, with its end. A label without a name in `names` is written as a number.
void append_prediction_line(std::string& out, const Csr& matrix, int64_t row,
                            const Vocabulary& names = {});

/// Writes every row, compressed for "*.gz". Errors as OutputFile.
///   row_names  [rows], with which and a tab the lines begin; may be null
void write_prediction_text(const std::string& path, const Csr& matrix, bool overwrite = false,
                           const Vocabulary& names = {}, const Vocabulary* row_names = nullptr);

/// What prediction text calls labels.
enum class PredictionNames : uint8_t {
  kNone,     // no prediction text
  kNothing,  // there is no entry at all
  kNumbers,  // by number: entries with blanks between them
  kNames,    // by name: entries with tabs between them
  kEither,   // numbers, or names that look like numbers: there is one entry a line at most
};

/// Tells by the first lines of an unread text, to which the reader goes back.
PredictionNames prediction_names(LineReader& reader);

/// Reads predictions of numbered labels.
///   cols    the columns of the matrix; if negative, as many as the labels need
///   throws FileError "path:line: expected ..., found ..."
Csr read_prediction_text(LineReader& reader, int64_t cols = -1);

/// Reads predictions of named labels. New names are added to `names`.
///   returns [n, names]
Csr read_named_prediction_text(LineReader& reader, Vocabulary& names);

}  // namespace spout
