// A schema holds the names that training data define and that all later data are read by: names of
// labels (or items), users that have a feature each, the vocabulary of documents. It is part of a
// run folder.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "spout/sparse/base/vocabulary.h"
#include "spout/sparse/files/text/format.h"
#include "spout/sparse/text/text_features.h"

namespace spout {

class TextEncoder;

struct DataSchema {
  // The format of the training data, one of data_formats(); empty: unknown.
  std::string format;
  // The names of labels or items; empty: they are numbers.
  Vocabulary labels;
  // The users that have a feature each: user u is feature L + u; empty: users have none.
  Vocabulary users;
  // How documents become features; empty: the data are no documents.
  TextFeatures text;
  // What makes tokens or rows of documents; null: `text` alone does. A run keeps its files, and its
  // options say how they are used.
  std::shared_ptr<TextEncoder> encoder{};
  // [L] i64, how many training users have each item; undefined for other data and in runs of
  // earlier versions.
  at::Tensor item_counts{};
  // [users] i64, what hash_users() gives for the training users; undefined likewise.
  at::Tensor user_hashes{};

  /// Whether labels are known by name, so that data may bring further ones.
  bool has_names() const { return !labels.empty() || !text.empty(); }
  bool has_interactions() const { return is_interactions(format); }
};

/// The paths in `folder` that a schema is kept in: labels.txt, users.txt, counts.npy,
/// user_hashes.npy and the folder text/.
std::vector<std::string> schema_paths(const std::string& folder);

/// Writes the schema into an existing folder and removes files of an earlier schema that it does
/// not replace. The format is not written; it is one of the run's options.
void save_schema(const std::string& folder, const DataSchema& schema);

/// Reads what save_schema() wrote; what is not there stays empty.
DataSchema load_schema(const std::string& folder, const std::string& format);

}  // namespace spout
