// What the training data settle about names and that every later reading of data must follow:
// labels (or items) by name, users who have a feature of their own, words of documents. Part of the
// run folder.
#pragma once

#include <string>
#include <vector>

#include "sparse/files/format.h"
#include "sparse/names/vocabulary.h"
#include "sparse/text/text_features.h"

namespace spout {

struct DataSchema {
  std::string format;  // of the training data, one of data_formats(); empty: not known
  Vocabulary labels;   // names of labels or items; empty: they are numbers
  Vocabulary users;    // user u is feature L + u; empty: users have none
  TextFeatures text;   // what documents are read as; empty: the data are no documents

  /// Whether labels are told by name, so that data may bring others.
  bool has_names() const { return !labels.empty() || !text.empty(); }
  bool has_interactions() const { return is_interactions(format); }
};

/// The files and the folder in which `folder` keeps a schema.
std::vector<std::string> schema_paths(const std::string& folder);

/// Writes and reads labels.txt, users.txt and the folder text/ in `folder`, where there are such
/// names and words, and removes those of an earlier schema. The format is one of the run's options.
void save_schema(const std::string& folder, const DataSchema& schema);
DataSchema load_schema(const std::string& folder, const std::string& format);

}  // namespace spout
