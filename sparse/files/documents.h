// Documents with labels on disk, one a line, in either of two forms: `label label<TAB>text`, or
// JSON lines {"text": "...", "labels": ["...", 7]}. The first line with content says which.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sparse/files/line_reader.h"
#include "sparse/layout/csr.h"
#include "sparse/names/text_list.h"
#include "sparse/names/vocabulary.h"

namespace spout {

struct Documents {
  TextList texts;                // valid UTF-8
  Csr y;                         // [n, names], all values 1
  Vocabulary labels;             // the columns' names
  int64_t duplicate_labels = 0;  // named twice for a document, kept once
  int64_t unseen_labels = 0;     // names that were not known before
  int64_t unseen_entries = 0;    // and how often they are named
  int64_t broken_utf8 = 0;       // byte sequences that became U+FFFD
};

/// Whether a line begins like one of JSON: '{' and a key, or '}'.
bool looks_like_json(std::string_view line);

/// Whether a line is a JSON object with a "text".
bool is_json_document(std::string_view line);

/// Reads all lines, each of which is a document; an empty line is an empty one without labels.
/// Labels stand before the first tab with blanks between; a line without a tab has none. In JSON
/// they are texts or integers, other keys than the two are ignored.
///   known    may be null; names that have numbers already, after which others are numbered
///   throws FileError "path:line: expected ..., found ..." on a line that is not such JSON
Documents read_documents(LineReader& reader, const Vocabulary* known = nullptr);

}  // namespace spout
