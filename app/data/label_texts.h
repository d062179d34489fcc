// The texts of labels, name<TAB>text in a line each. They place a label where its words are, also
// one without training rows; labels that no line names have their name as their text.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "spout/sparse/base/text_list.h"
#include "spout/sparse/base/vocabulary.h"

namespace spout {

class TextEncoder;

struct LabelTexts {
  Vocabulary names;
  TextList texts;           // of the names, in their order
  int64_t broken_utf8 = 0;  // sequences that were replaced
};

/// Reads a file of label texts. A line without a tab is a name that is its own text.
///   throws FileError on a name that stands there twice, an empty name or text, further tabs
LabelTexts read_label_texts(const std::string& path);

/// The texts of all labels, in the order of `labels`; to these the names of `given` that they lack
/// are added. Reports on stderr how many were added, and how many have no text but their name.
///   path  of `given`, for the report; empty: there is no such file
TextList texts_of_labels(const std::string& path, const LabelTexts& given, Vocabulary& labels);

/// The encoder's rows of these texts [L, d]; zeros for an empty text. Undefined if all are empty.
at::Tensor rows_of_label_texts(const TextEncoder& encoder, const TextList& texts);

/// Whether a name says something: "p12345" and "17" do not.
bool is_telling_name(std::string_view name);

}  // namespace spout
