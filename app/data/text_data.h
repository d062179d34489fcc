// Reads documents into a data set: words become features, labels have names. Training documents
// define the vocabulary and the labels, which a schema keeps; later documents are read by it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "spout/app/options/option.h"
#include "spout/sparse/batch/dataset.h"
#include "spout/sparse/files/io/line_reader.h"
#include "spout/sparse/text/text_features.h"

namespace spout {

class TextEncoder;
struct DataSchema;

/// How training documents become features, as the command line says it.
struct TextFlags {
  std::string input = "auto";      // auto|tfidf|tokens; auto is tfidf unless training resolves it
  std::vector<int64_t> ngrams{1};  // first,last; one number is both; 0: no words
  std::vector<int64_t> char_ngrams{0};
  int64_t min_df = 1;
  int64_t max_features = 0;
  int64_t hash_bits = 0;
  int64_t max_length = 512;
  bool sublinear_tf = false;
  std::string features = "auto";  // auto|words|encoder|both; training resolves auto
  std::string tokenizer;          // a file or folder; empty: the encoder's own

  // Not options: the share and seed of the validation rows, whose words the vocabulary leaves out;
  // what makes tokens or rows of documents, or null.
  double held_back = 0.0;
  uint64_t seed = 0;
  std::shared_ptr<TextEncoder> encoder{};
};

/// The options for documents.
std::vector<Option> text_options(TextFlags& flags);

/// Throws UserError on values that are out of range or do not go together.
void check_text_flags(const TextFlags& flags);

/// Throws UserError "--flag: reason" on the first flag that has neither its default nor its value
/// in `settled`.
void refuse_text_flags(TextFlags flags, const std::string& reason, TextFlags settled = {});

/// The reason for refusing flags because `data` are not documents.
///   format  of the data; empty: they are matrices
std::string not_text(const std::string& data, const std::string& format);

/// Reads an unread text of documents, and reports broken UTF-8 on stderr. Labels that the schema
/// does not have are numbered after those it has.
///   schema        null: these documents define the vocabulary and the labels
///   learned       (may be null) receives the vocabulary and all labels
///   tells_missed  whether to report on stderr that labels outside the schema count as missed
///   throws FileError or UserError
Dataset read_text_dataset(LineReader& reader, const TextFlags& flags, const DataSchema* schema,
                          DataSchema* learned, bool tells_missed);

/// Reads the labels of documents alone: the features have no columns. Errors as
/// read_text_dataset().
Dataset read_text_labels(LineReader& reader, const DataSchema* schema);

/// A line for people on how texts become features: "tf-idf of words 1 to 2, 81 terms, ...".
std::string text_features_line(const DataSchema& schema);

}  // namespace spout
