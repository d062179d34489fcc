// Reads files of documents with labels, one document per line, in one of two forms:
// `label label<TAB>text`, or JSON lines {"text": "...", "labels": ["...", 7]}. The first line with
// content decides the form. Nothing else that people keep texts in is taken for these two: a table
// with more columns, JSON over several lines.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "spout/sparse/base/text_list.h"
#include "spout/sparse/base/vocabulary.h"
#include "spout/sparse/files/io/line_reader.h"
#include "spout/sparse/layout/csr.h"

namespace spout {

struct Documents {
  TextList texts;                // valid UTF-8
  Csr y;                         // [n, names], all values 1
  Vocabulary labels;             // the columns' names
  int64_t duplicate_labels = 0;  // labels named twice for a document, kept once
  int64_t unseen_labels = 0;     // names that were not known before
  int64_t unseen_entries = 0;    // entries of y with such a label
  int64_t broken_utf8 = 0;       // byte sequences that became U+FFFD
};

/// Reads all lines, each of which is a document; an empty line is an empty document without labels.
/// Labels are the words before the first tab; a line without a tab has none. In JSON, labels are
/// texts or integers in a list "labels", or one of them as "label"; other keys are ignored.
///   known    (may be null) labels that have numbers already; new ones are numbered after them
///   throws FileError "path:line: expected ..., found ..." on a line that is not such JSON
Documents read_documents(LineReader& reader, const Vocabulary* known = nullptr);

}  // namespace spout
